export type { HashedRecord, Sealer } from "./sign/sealer.ts";
