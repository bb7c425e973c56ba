/** What may be stored: exactly what JSON can say. Integers beyond 2^53, NaN, `undefined`, Date, Map and the like are not. */
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject;

/** A JSON object. Key order carries no meaning. */
export interface JsonObject {
  readonly [key: string]: JsonValue;
}
