/** A self-signed certificate (RFC 5280), in DER by X.690. Node.js can read certificates, but not make them. */
import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';
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

/** ecdsa-with-SHA256 (RFC 5758 §3.2), commonName, subjectAltName and basicConstraints (RFC 5280 §4.1, §4.2). */
const algorithm = sequence(identifier('2a8648ce3d040302'));
const commonName = '550403';
const alternativeNames = '551d11';
const basicConstraints = '551d13';

/** GeneralName: a DNS name or an IPv4 address. */
const generalName = (host: string): Buffer =>
  isIPv4(host) ? element(0x87, Buffer.from(host.split('.').map(Number))) : element(0x82, Buffer.from(host));

const extension = (name: string, value: Buffer): Buffer => sequence(identifier(name), element(0x04, value));

/** A key (P-256) and a certificate for hosts: names and IPv4 addresses; the first one is its subject. */
export function newCertificate(hosts: readonly string[], from: Date, until: Date): Certificate {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const name = sequence(element(0x31, sequence(identifier(commonName), text(hosts[0] ?? 'localhost'))));
  // Positive, as its first bit is 0.
  const serial = Buffer.concat([Buffer.from([0x40]), randomBytes(15)]);
  const unsigned = sequence(
    element(0xa0, element(0x02, Buffer.from([2]))),
    element(0x02, serial),
    algorithm,
    name,
    sequence(time(from), time(until)),
    name,
    publicKey.export({ format: 'der', type: 'spki' }),
    element(
      0xa3,
      sequence(
        extension(alternativeNames, sequence(...hosts.map(generalName))),
        extension(basicConstraints, sequence(element(0x01, Buffer.from([0xff])))),
      ),
    ),
  );
  const der = sequence(unsigned, algorithm, bits(sign('sha256', unsigned, privateKey)));
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return {
    key: privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(),
    cert: ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n'),
  };
}
