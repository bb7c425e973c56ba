export type { HashedRecord, Sealer } from "./sign/sealer.ts";
export {
  ActorFingerprint,
  type ActorDescription,
  type ActorMetadata,
} from "./actor/actor-fingerprint.ts";
export { callbackSigner, type CallbackSigner } from "./keys/callback-signer.ts";
export { createKeyFile, openKeyFile, type KeyFileOptions } from "./keys/key-file.ts";
export { keyIdOf } from "./keys/key-id.ts";
export { KeySigner, type PrivateKeyOptions, type SignerOptions } from "./keys/key-signer.ts";
export type { PrivateKeySource } from "./keys/private-key.ts";
export type { PublicKeySource } from "./keys/public-key.ts";
export { TrustStore, type SealStatus } from "./keys/trust-store.ts";
export type { CheckedKey, Revocation, TrustedKey } from "./keys/trusted-key.ts";
export { encodeTrustedKeys, parseTrustedKeys } from "./keys/trusted-keys-codec.ts";
export { sealHeads, type SealOptions } from "./sign/head-sealer.ts";
export type { SealedHead, SealStatement } from "./sign/seal.ts";
export type { Signer } from "./sign/signer.ts";
export type { SignerOf } from "./sign/signer-lookup.ts";
export type { CheckedSeal, SignatureReport } from "./sign/signature-report.ts";
export type { ActorClaims } from "./sign/unsigned-actors.ts";
export { verifySignatures, type SignatureOptions } from "./sign/verify-signatures.ts";
export { hashChain, type HashChainOptions } from "./chain/hash-chain.ts";
export {
  HashChainedLedgerStore,
  type HashChainedLedgerOptions,
} from "./chain/hash-chained-ledger-store.ts";
export { verifyLedgerChain } from "./verify/verify-ledger-chain.ts";
export {
  encodeChainReport,
  type ChainError,
  type ChainReport,
  type HarmlessNote,
} from "./verify/chain-report.ts";
export type { ChainOptions } from "./verify/chain-verifier.ts";
export { ledgerLines, type LedgerLine } from "./verify/ledger-lines.ts";
export { FileWitness, type FileWitnessOptions } from "./witness/file-witness.ts";
export { httpWitness, type HttpWitnessOptions } from "./witness/http-witness.ts";
export type { Contradiction, WitnessReport } from "./witness/compare-heads.ts";
export { verifyAgainstWitness, type WitnessOptions } from "./witness/verify-against-witness.ts";
export { witnessHandler, type WitnessHandlerOptions } from "./witness/witness-handler.ts";
export { WitnessedStore } from "./witness/witness-store.ts";
export type { FeedOptions, WitnessLag } from "./witness/head-feed.ts";
export type { Witness } from "./witness/witness.ts";
export { encrypt, type EncryptOptions } from "./encrypt/encrypt.ts";
export type { KeyBytes, KeyProvider, KeySet } from "./encrypt/key-provider.ts";
export { isErasedPayload } from "./at-rest/marker.ts";
export { verifyLedger, type LedgerToVerify } from "./verify/verify-ledger.ts";
export { verifyRun, type ReadableStore } from "./verify/verify-run.ts";
export type { LedgerHead, LedgerReport } from "./verify/ledger-report.ts";
export type { KnownEnd } from "./verify/ledger-verifier.ts";
export { explainProblem, type LedgerProblem } from "./verify/ledger-problem.ts";
export { encodeEvidenceReport } from "./evidence/encode-report.ts";
export type { ArtifactLine, EvidenceHeader, RunLine } from "./evidence/evidence-lines.ts";
export type {
  ArtifactEvidence,
  EvidenceReport,
  FileProblem,
  KeyBasis,
  Place,
  RunEvidence,
} from "./evidence/evidence-report.ts";
export { explainEvidence } from "./evidence/explain-evidence.ts";
export { exportEvidence, type EvidenceOptions } from "./evidence/export-evidence.ts";
export { verifyEvidence, type VerifyOptions } from "./evidence/verify-evidence.ts";
export { commonSecrets } from "./redact/common-secrets.ts";
export { redact, type RedactOptions } from "./redact/redact.ts";
export { redactedText, type Secret } from "./redact/secrets.ts";
export { listErasures, type Erasure, type ErasureReason } from "./at-rest/erasure.ts";
export { digestPayloads, type DigestOptions } from "./digest/digest-payloads.ts";
export {
  erasePayloads,
  type ErasablePayloads,
  type ErasedPayloads,
} from "./digest/erase-payloads.ts";
export { verifyPayloads, type PayloadReport } from "./digest/verify-payloads.ts";
export { RunKeys, type RunKeysOptions } from "./encrypt/run-keys.ts";
