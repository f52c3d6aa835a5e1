import { generateURI, verifySync } from 'otplib';
import { second } from '../schema/time.ts';

/** Time-based one-time passwords (RFC 6238): SHA-1, 6 digits, steps of 30 s, as every authenticator app supports. */
const totp = { algorithm: 'SHA1', digits: 6, period: 30 } as const;

/** Characters of base32 in a secret: 20 bytes (RFC 4226 §4, R6). */
export const totpSecretLength = 32;

/** The name under which authenticator apps list the account. */
export const totpIssuer = 'Platform';

const codeForm = /^[0-9]{6}$/;

type Moment = {
  readonly now: Date;
  /** The last accepted step: it and earlier ones are not valid again (RFC 6238 §5.2). */
  readonly after?: number;
};

/**
 * The time step of a code, one step early or late at most; undefined for a wrong, expired or used code. Blanks do not
 * count: apps show codes as `123 456`.
 * @param secret base32
 */
export function stepOfCode(secret: string, code: string, { now, after }: Moment): number | undefined {
  const token = code.replaceAll(/\s/g, '');
  if (!codeForm.test(token)) return undefined;
  const epoch = Math.floor(now.getTime() / second);
  const result = verifySync({
    secret,
    token,
    epoch,
    epochTolerance: totp.period,
    ...(after === undefined ? {} : { afterTimeStep: after }),
  });
  return result.valid && 'timeStep' in result ? result.timeStep : undefined;
}

/** The `otpauth:` URI that authenticator apps read. @param secret base32 */
export const provisioningUri = (account: string, secret: string): string =>
  generateURI({ issuer: totpIssuer, label: account, secret });
