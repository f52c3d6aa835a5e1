/** Certificates (RFC 5280), in DER by X.690. Node.js can read certificates, but not make them. */
import { createPrivateKey, generateKeyPairSync, randomBytes, sign, X509Certificate, type KeyObject } from 'node:crypto';
import { isIPv4 } from 'node:net';

/** PEM texts. */
export type Certificate = { readonly key: string; readonly cert: string };

/** X.690 §8.1: tag, length and content. */
function element(tag: number, ...content: readonly Buffer[]): Buffer {
  const body = Buffer.concat(content);
  if (body.length < 0x80) return Buffer.concat([Buffer.from([tag, body.length]), body]);
  const length = Buffer.from([body.length >> 8, body.length & 0xff]);
  return Buffer.concat([Buffer.from([tag, 0x82]), length, body]);
}

const sequence = (...content: readonly Buffer[]): Buffer => element(0x30, ...content);
const text = (value: string): Buffer => element(0x0c, Buffer.from(value));
const bits = (value: Buffer): Buffer => element(0x03, Buffer.from([0]), value);
/** An object identifier whose encoding is given. */
const identifier = (encoded: string): Buffer => element(0x06, Buffer.from(encoded, 'hex'));
/** GeneralizedTime, such as `20260115100000Z`. */
const time = (at: Date): Buffer => element(0x18, Buffer.from(at.toISOString().replace(/[-:T]|\.\d+/g, '')));

/** ecdsa-with-SHA256 (RFC 5758 §3.2), and from RFC 5280 §4.1, §4.2: commonName, subjectAltName, … */
const algorithm = sequence(identifier('2a8648ce3d040302'));
const commonName = '550403';
const alternativeNames = '551d11';
const basicConstraints = '551d13';
const extendedKeyUsage = '551d25';
/** id-kp-serverAuth (RFC 5280 §4.2.1.12). */
const serverAuthentication = '2b06010505070301';

/** GeneralName: a DNS name or an IPv4 address. */
const generalName = (host: string): Buffer =>
  isIPv4(host) ? element(0x87, Buffer.from(host.split('.').map(Number))) : element(0x82, Buffer.from(host));

const extension = (name: string, value: Buffer): Buffer => sequence(identifier(name), element(0x04, value));

/** Who signs a certificate. */
type Issuer = { readonly name: Buffer; readonly key: KeyObject };

const nameOf = (commonNameText: string): Buffer =>
  sequence(element(0x31, sequence(identifier(commonName), text(commonNameText))));

type Content = {
  readonly name: Buffer;
  readonly publicKey: KeyObject;
  readonly from: Date;
  readonly until: Date;
  readonly extensions: readonly Buffer[];
};

/** A certificate as PEM. */
function signedBy(issuer: Issuer, { name, publicKey, from, until, extensions }: Content): string {
  // Positive, as its first bit is 0.
  const serial = Buffer.concat([Buffer.from([0x40]), randomBytes(15)]);
  const unsigned = sequence(
    element(0xa0, element(0x02, Buffer.from([2]))),
    element(0x02, serial),
    algorithm,
    issuer.name,
    sequence(time(from), time(until)),
    name,
    publicKey.export({ format: 'der', type: 'spki' }),
    element(0xa3, sequence(...extensions)),
  );
  const der = sequence(unsigned, algorithm, bits(sign('sha256', unsigned, issuer.key)));
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n');
}

const newKeyPair = () => generateKeyPairSync('ec', { namedCurve: 'P-256' });
const textOf = (key: KeyObject): string => key.export({ format: 'pem', type: 'pkcs8' }).toString();

const isAuthority = extension(basicConstraints, sequence(element(0x01, Buffer.from([0xff]))));
const isNoAuthority = extension(basicConstraints, sequence());
const forServers = extension(extendedKeyUsage, sequence(identifier(serverAuthentication)));
const namesOf = (hosts: readonly string[]): Buffer => extension(alternativeNames, sequence(...hosts.map(generalName)));

/** A key (P-256) and a self-signed certificate for hosts: names and IPv4 addresses; the first one is its subject. */
export function newCertificate(hosts: readonly string[], from: Date, until: Date): Certificate {
  const { privateKey, publicKey } = newKeyPair();
  const name = nameOf(hosts[0] ?? 'localhost');
  const content = { name, publicKey, from, until, extensions: [namesOf(hosts), isAuthority] };
  return { key: textOf(privateKey), cert: signedBy({ name, key: privateKey }, content) };
}

/**
 * A key and a certificate for hosts, as browsers want it: signed by an authority of its own. The key of the authority
 * is not kept: to trust it is to trust this certificate only.
 *
 * @returns `authority`: its certificate (PEM)
 */
export function newSignedCertificate(
  hosts: readonly string[],
  from: Date,
  until: Date,
): Certificate & { readonly authority: string } {
  const [own, root] = [newKeyPair(), newKeyPair()];
  const issuer = { name: nameOf(`Trunkline on ${hosts[0] ?? 'localhost'}`), key: root.privateKey };
  const name = nameOf(hosts[0] ?? 'localhost');
  const extensions = [namesOf(hosts), isNoAuthority, forServers];
  return {
    key: textOf(own.privateKey),
    cert: signedBy(issuer, { name, publicKey: own.publicKey, from, until, extensions }),
    authority: signedBy(issuer, {
      name: issuer.name,
      publicKey: root.publicKey,
      from,
      until,
      extensions: [isAuthority],
    }),
  };
}

/** Whether a certificate has its key, names all hosts, and is valid at a time. */
export function isCertificateFor({ key, cert }: Certificate, hosts: readonly string[], at: Date): boolean {
  try {
    const certificate = new X509Certificate(cert);
    return (
      certificate.checkPrivateKey(createPrivateKey(key)) &&
      certificate.validToDate.getTime() > at.getTime() &&
      hosts.every((host) => (isIPv4(host) ? certificate.checkIP(host) : certificate.checkHost(host)) !== undefined)
    );
  } catch {
    return false;
  }
}
