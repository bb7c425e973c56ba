import { generateKeyPairSync, sign, X509Certificate } from "node:crypto";
import { isIP } from "node:net";

/** A certificate that vouches for itself, and its key, in PEM. */
export interface Certificate {
  readonly certificate: string;
  readonly key: string;
}

/** ASN.1 object identifiers, in DER. */
const oids = {
  commonName: "0603550403",
  ecdsaWithSha256: "06082a8648ce3d040302",
  basicConstraints: "0603551d13",
  subjectAltName: "0603551d11",
} as const;

/** Makes a certificate for a host, valid for an hour before and after now: Node.js can check certificates, and makes none. */
export function newCertificate(host: string): Certificate {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
  const algorithm = sequence(hex(oids.ecdsaWithSha256));
  const name = sequence(der(0x31, sequence(hex(oids.commonName), der(0x0c, Buffer.from(host)))));
  const hourMs = 3_600_000;
  const body = sequence(
    hex("a003020102"), // version 3
    hex("020101"), // serial number
    algorithm,
    name, // the issuer
    sequence(instant(Date.now() - hourMs), instant(Date.now() + hourMs)),
    name, // the subject
    publicKey.export({ type: "spki", format: "der" }),
    der(
      0xa3,
      sequence(
        extension(oids.basicConstraints, sequence(hex("0101ff"))), // a CA
        extension(oids.subjectAltName, sequence(altName(host))),
      ),
    ),
  );
  const signature = der(0x03, hex("00"), sign("sha256", body, privateKey));
  const made = new X509Certificate(sequence(body, algorithm, signature));
  return {
    certificate: made.toString(),
    key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
  };
}

function extension(oid: string, value: Buffer): Buffer {
  return sequence(hex(oid), der(0x04, value));
}

function altName(host: string): Buffer {
  if (isIP(host) === 4) return der(0x87, Buffer.from(host.split(".").map(Number)));
  return der(0x82, Buffer.from(host));
}

/** As YYYYMMDDHHMMSSZ. */
function instant(ms: number): Buffer {
  const text = new Date(ms).toISOString().replace(/\.\d+/, "").replaceAll(/[-:T]/g, "");
  return der(0x18, Buffer.from(text));
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return der(0x30, ...parts);
}

/** A tag, the length of what follows, and that. */
function der(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  const size = length < 0x80 ? [length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}

function hex(digits: string): Buffer {
  return Buffer.from(digits, "hex");
}
