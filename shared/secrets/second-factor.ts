import type { TotpItem } from '../dynamodb/rows/user.ts';
import type { Macs, SealedFor, Seals } from './seals.ts';
import { stepOfCode } from '../credentials/totp.ts';

/** A code in place of or besides a password: of an authenticator app, or one of the recovery codes. */
export type FactorCode = { readonly kind: 'totp' | 'recovery'; readonly code: string };

type Owner = { readonly organization: number; /** `usr_…` */ readonly id: string };

const totpSecret = ({ organization, id }: Owner): SealedFor => ({ organization, id, field: 'totp' });
const recoveryCode = ({ organization, id }: Owner): SealedFor => ({ organization, id, field: 'recovery_code' });

/** Case, blanks and hyphens of a recovery code do not count. */
const plainCode = (code: string): string => code.toLowerCase().replaceAll(/[\s-]/g, '');

/** The secrets of one user's second factor, as items store them: sealed, or as codes that are only compared. */
export const secondFactorOf = ({ seal, open, mac, isMacOf }: Seals & Macs, owner: Owner) => {
  const useTotp = async (factor: TotpItem, code: string, now: Date): Promise<TotpItem | undefined> => {
    const secret = await open(factor.sealed, totpSecret(owner));
    const step = stepOfCode(secret, code, { now, after: factor.last_step });
    return step === undefined ? undefined : { ...factor, last_step: step };
  };
  const useRecoveryCode = async (factor: TotpItem, code: string): Promise<TotpItem | undefined> => {
    const text = plainCode(code);
    const matches = await Promise.all(
      factor.recovery_codes.map((stored) => isMacOf(stored, text, recoveryCode(owner))),
    );
    if (!matches.includes(true)) return undefined;
    return { ...factor, recovery_codes: factor.recovery_codes.filter((_stored, at) => matches[at] !== true) };
  };
  return {
    seal: (secret: string): Promise<string> => seal(secret, totpSecret(owner)),
    open: (sealed: string): Promise<string> => open(sealed, totpSecret(owner)),
    /** What is stored of recovery codes. */
    hashCodes: (codes: readonly string[]): Promise<string[]> =>
      Promise.all(codes.map((code) => mac(plainCode(code), recoveryCode(owner)))),
    /** The factor after a code was used; undefined if the code is wrong or was used before. */
    use: async (factor: TotpItem, { kind, code }: FactorCode, now: Date): Promise<TotpItem | undefined> =>
      kind === 'totp' ? useTotp(factor, code, now) : useRecoveryCode(factor, code),
  };
};
