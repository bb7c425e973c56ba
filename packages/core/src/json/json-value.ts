/** What may be stored: exactly what JSON can say, with numbers as finite doubles. NaN, `undefined`, Date, Map and the like are not. */
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject;

/** A JSON object. Key order carries no meaning. */
export interface JsonObject {
  readonly [key: string]: JsonValue;
}
