import { sign, verify, type KeyObject } from 'node:crypto';
import * as z from 'zod';
import { canonicalJson } from '../schema/canonical-json.ts';
import { numberIn, userIn } from '../telephony/user-part.ts';

/** Longest token that is read, in characters. */
export const maxTokenLength = 8 * 1_024;
/** Longest parameters of a header, in characters. */
const maxParametersLength = 4 * 1_024;

export type Attestation = 'A' | 'B' | 'C';

/**
 * Claims of a PASSporT (RFC 8225 §5, RFC 8588 §4, RFC 8946 §4). Numbers are canonical (`canonicalNumber`).
 */
export type PassportClaims = {
  /** Unix seconds. */
  readonly iat: number;
  /** The calling number. */
  readonly orig: string;
  /** The called numbers, or in `div` the new target. */
  readonly dest: readonly string[];
  /** `shaken` only. */
  readonly attest?: Attestation;
  /** `shaken` only: a UUID. */
  readonly origid?: string;
  /** `div` only: the number that the call was diverted from. */
  readonly div?: string;
};

/** A PASSporT of an `Identity` header. Nothing of it is verified yet. */
export type Passport = {
  readonly ppt: 'shaken' | 'div';
  /** URL of the certificate. */
  readonly x5u: string;
  readonly claims: PassportClaims;
  /** The text that is signed: header and payload, in base64url. */
  readonly signed: string;
  /** 64 bytes: r and s (RFC 7518 §3.4). */
  readonly signature: Buffer;
};

/** A status of RFC 8224 §6.2.2. 403 is a stale date, 428 a call without a usable `Identity`. */
export type IdentityReason = 403 | 428 | 436 | 437 | 438;

/** Why a header is of no use. */
export type IdentityFault = { readonly reason: IdentityReason; readonly problem: string };

export const identityFault = (reason: IdentityReason, problem: string): IdentityFault => ({ reason, problem });

const canonical = /^[0-9*#]{1,32}$/;

/**
 * The canonical form of a telephone number: digits, `*` and `#`, without plus and visual separators (RFC 8224 §8.3).
 * @param text number with its country code, the user part of a URI, or a SIP or tel URI
 * @returns undefined if it is no number
 */
export function canonicalNumber(text: string): string | undefined {
  const number = numberIn(userIn(text)).replace(/^\+/, '');
  return canonical.test(number) ? number : undefined;
}

const CanonicalNumber = z.string().transform((text, context) => {
  const number = canonicalNumber(text);
  if (number !== undefined) return number;
  context.addIssue('no telephone number');
  return z.NEVER;
});

/** Exactly one number: an object with a URI besides, or two numbers, names no caller. */
const OneNumber = z.strictObject({ tn: CanonicalNumber }).transform(({ tn }) => tn);
const SeveralNumbers = z
  .strictObject({ tn: z.array(CanonicalNumber).min(1).max(10), uri: z.array(z.string()).max(10).optional() })
  .transform(({ tn }) => tn);

const base = { iat: z.int().min(0), orig: OneNumber, dest: SeveralNumbers };
const claimSchemas = {
  shaken: z.object({
    ...base,
    attest: z.enum(['A', 'B', 'C']),
    origid: z.string().regex(/^[0-9A-Za-z-]{1,64}$/),
  }),
  div: z.object({ ...base, div: OneNumber }),
} as const;

const isSupported = (ppt: unknown): ppt is Passport['ppt'] => ppt === 'shaken' || ppt === 'div';

const JoseHeader = z.object({
  alg: z.string(),
  typ: z.string(),
  x5u: z.string().min(1).max(2_048),
  ppt: z.string().optional(),
  /** Demands extensions that are not supported (RFC 7515 §4.1.11). */
  crit: z.undefined().optional(),
});

/** `token;info=<…>;alg=ES256;ppt="shaken"` */
type IdentityHeader = { readonly token: string; readonly parameters: ReadonlyMap<string, string> };

const parameterForm = /^\s*([\w-]+)\s*=\s*(?:<([^<>]*)>|"([^"\\]*)"|([^\s;<>"]+))\s*$/;
/** Semicolons within angle brackets and quotation marks separate nothing. */
const parts = /(?:<[^<>]*>|"[^"]*"|[^;<>"])+/g;

/** @returns undefined for parameters that are malformed or repeated */
function readParameters(text: string): ReadonlyMap<string, string> | undefined {
  const parameters = new Map<string, string>();
  for (const part of text.match(parts) ?? []) {
    const [, name, ...values] = (parameterForm.exec(part) ?? []) as readonly (string | undefined)[];
    const key = name?.toLowerCase();
    if (key === undefined || parameters.has(key)) return undefined;
    parameters.set(key, values.find((value) => value !== undefined) ?? '');
  }
  return parameters;
}

function splitHeader(identity: string): IdentityHeader | IdentityFault {
  const [, token = '', rest = ''] = /^([^;]*);?(.*)$/s.exec(identity) ?? [];
  if (token.trim().length > maxTokenLength || rest.length > maxParametersLength)
    return identityFault(438, `the token has more than ${maxTokenLength} characters`);
  const parameters = readParameters(rest);
  return parameters === undefined
    ? identityFault(438, 'the parameters are malformed')
    : { token: token.trim(), parameters };
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** Bytes of base64url in its only form; undefined for another. */
function decode(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64url');
  return text !== '' && bytes.toString('base64url') === text ? bytes : undefined;
}

/** JSON without a repeated name, which readers would understand differently. */
function readJson(text: string): unknown {
  try {
    const json = utf8.decode(decode(text));
    const value: unknown = JSON.parse(json);
    const blanks = /("(?:[^"\\]|\\.)*")|\s+/g;
    const compact = json.replace(blanks, (_all, quoted: string | undefined) => quoted ?? '').replaceAll('\\/', '/');
    return JSON.stringify(value).length === compact.length ? value : undefined;
  } catch {
    return undefined;
  }
}

function headerFault(header: z.output<typeof JoseHeader>, parameters: IdentityHeader['parameters']) {
  const alg = parameters.get('alg') ?? 'ES256';
  if (header.alg !== 'ES256' || alg !== 'ES256') return identityFault(437, 'the algorithm is not ES256');
  if (header.typ !== 'passport') return identityFault(438, 'the type is not passport');
  if ((parameters.get('ppt') ?? header.ppt) !== header.ppt) return identityFault(438, 'the extensions differ');
  if ((parameters.get('info') ?? header.x5u) !== header.x5u) return identityFault(436, 'info is not the x5u');
  return undefined;
}

/** Bytes of a signature of ES256. */
const signatureBytes = 64;

function readClaims(ppt: Passport['ppt'], payload: string): PassportClaims | undefined {
  const claims = claimSchemas[ppt].safeParse(readJson(payload));
  return claims.success ? claims.data : undefined;
}

function readSignature(text: string): Buffer | undefined {
  const signature = decode(text);
  return signature?.length === signatureBytes ? signature : undefined;
}

/** Header, payload and signature of the full form. */
const tokenForm = /^([^.]+)\.([^.]+)\.([^.]+)$/;

function readToken({ token, parameters }: IdentityHeader): Passport | IdentityFault | undefined {
  // The compact form (RFC 8225 §7) has no claims: ATIS-1000074 requires the full form.
  const [, head = '', payload = '', end = ''] = tokenForm.exec(token) ?? [];
  const header = JoseHeader.safeParse(readJson(head));
  if (!header.success) return identityFault(438, 'the token is not of the full form, or its header is malformed');
  const { ppt, x5u } = header.data;
  const fault = headerFault(header.data, parameters);
  if (fault !== undefined) return fault;
  if (!isSupported(ppt)) return undefined;
  const claims = readClaims(ppt, payload);
  if (claims === undefined) return identityFault(438, 'the claims are malformed');
  const signature = readSignature(end);
  if (signature === undefined) return identityFault(438, 'the signature is malformed');
  return { ppt, x5u, claims, signed: `${head}.${payload}`, signature };
}

/**
 * Reads an `Identity` header (RFC 8224 §4).
 * @returns undefined for an extension that is not supported: such a header is ignored (§6.2)
 */
export function readPassport(identity: string): Passport | IdentityFault | undefined {
  const header = splitHeader(identity);
  if ('reason' in header) return header;
  const ppt = header.parameters.get('ppt');
  return ppt !== undefined && !isSupported(ppt) ? undefined : readToken(header);
}

export type PassportToWrite = {
  readonly ppt: Passport['ppt'];
  readonly claims: PassportClaims;
  /** P-256. */
  readonly key: KeyObject;
  readonly x5u: string;
};

/** A part of a token: sorted names and no blanks (RFC 8225 §9). */
export const encodePart = (value: unknown): string => Buffer.from(canonicalJson(value)).toString('base64url');

/** Whether a key made the signature of ES256 (RFC 7518 §3.4). */
export const isSignedBy = ({ signed, signature }: Pick<Passport, 'signed' | 'signature'>, key: KeyObject): boolean =>
  verify('sha256', Buffer.from(signed), { key, dsaEncoding: 'ieee-p1363' }, signature);

/** The value of an `Identity` header, in the full form. JSON is canonical (RFC 8225 §9). */
export function writePassport({ ppt, claims: { orig, dest, div, ...claims }, key, x5u }: PassportToWrite): string {
  const payload = {
    ...claims,
    orig: { tn: orig },
    dest: { tn: dest },
    ...(div === undefined ? {} : { div: { tn: div } }),
  };
  const signed = `${encodePart({ alg: 'ES256', ppt, typ: 'passport', x5u })}.${encodePart(payload)}`;
  const signature = sign('sha256', Buffer.from(signed), { key, dsaEncoding: 'ieee-p1363' });
  return `${signed}.${signature.toString('base64url')};info=<${x5u}>;alg=ES256;ppt="${ppt}"`;
}
