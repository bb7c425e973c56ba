/**
 * The items that fit, those of the lowest rank first, and of one rank those that come first. They keep their order.
 *
 * @param limits characters that they may take, and how many they may be
 */
export function keepFitting<Item>(
  items: readonly Item[],
  rank: (item: Item) => number,
  size: (item: Item) => number,
  limits: { readonly size: number; readonly count: number },
): readonly Item[] {
  const kept = new Set<Item>();
  let left = limits.size;
  for (const item of items.toSorted((one, other) => rank(one) - rank(other))) {
    left -= size(item);
    if (left < 0 || kept.size === limits.count) break;
    kept.add(item);
  }
  return items.filter((item) => kept.has(item));
}
