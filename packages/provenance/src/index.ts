export type { HashedRecord, Sealer } from "./sign/sealer.ts";
export {
  ActorFingerprint,
  type ActorDescription,
  type ActorMetadata,
} from "./actor/actor-fingerprint.ts";
