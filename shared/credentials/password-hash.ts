import { randomBytes, scrypt, timingSafeEqual, type ScryptOptions } from 'node:crypto';
import { AppError } from '../errors.ts';

/** Cost of scrypt: N = 2^`ln`, block size `r`, parallelism `p` (RFC 7914 §2). */
export type ScryptCost = { readonly ln: number; readonly r: number; readonly p: number };

/** 128 MiB and some 110–220 ms for each hash (auth.md, "Passwords"). */
const presentCost: ScryptCost = { ln: 17, r: 8, p: 1 };

/** `PASSWORD_COST` sets `ln` for tests, whose people log in by the hundred; on AWS nothing sets it. */
export const costIn = (environment: Readonly<Record<string, string | undefined>>): ScryptCost => ({
  ...presentCost,
  ln: Number(environment['PASSWORD_COST'] ?? presentCost.ln),
});

const saltBytes = 16;
const keyBytes = 32;
/** Node refuses N=2^17 with its exact need of 128 MiB. */
const maxmem = 192 * 1024 * 1024;
const atOnce = 4;
const mayWait = 32;

export type Passwords = {
  /** A PHC string with a salt of its own. @throws AppError UNAVAILABLE when too many wait. */
  readonly hash: (password: string) => Promise<string>;
  /**
   * Whether a password is the stored one; without a stored one the same work is done for nothing, so that
   * nobody learns from the time which accounts exist. What was found out for a request is remembered
   * while the request lasts, as its decision may be taken several times.
   * @throws AppError UNAVAILABLE when too many wait.
   */
  readonly verify: (request: object, password: string, stored: string | undefined) => Promise<boolean>;
  /** Whether a stored hash was made at another cost than the present one. */
  readonly isOutdated: (stored: string | undefined) => boolean;
};

type Stored = { readonly cost: ScryptCost; readonly salt: Buffer; readonly key: Buffer };

const phcForm = /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,3}),p=(\d{1,3})\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/;

const unpadded = (bytes: Buffer): string => bytes.toString('base64').replace(/=+$/, '');
const phcText = ({ cost, salt, key }: Stored): string =>
  `$scrypt$ln=${cost.ln},r=${cost.r},p=${cost.p}$${unpadded(salt)}$${unpadded(key)}`;

function parsed(phc: string): Stored {
  const [, ln, r, p, salt = '', key = ''] = phcForm.exec(phc) ?? [];
  if (ln === undefined) throw new Error('a stored password is no PHC string of scrypt');
  return {
    cost: { ln: Number(ln), r: Number(r), p: Number(p) },
    salt: Buffer.from(salt, 'base64'),
    key: Buffer.from(key, 'base64'),
  };
}

function derive(password: string, salt: Buffer, { ln, r, p }: ScryptCost): Promise<Buffer> {
  const options: ScryptOptions = { N: 2 ** ln, r, p, maxmem };
  return new Promise((resolve, reject) => {
    scrypt(password.normalize('NFKC'), salt, keyBytes, options, (error, key) => {
      if (error === null) resolve(key);
      else reject(error);
    });
  });
}

/** Lets `atOnce` works run at a time and `mayWait` wait for their turn. */
function gate(): <T>(work: () => Promise<T>) => Promise<T> {
  let running = 0;
  const waiting: (() => void)[] = [];
  const enter = async (): Promise<void> => {
    if (running < atOnce) {
      running += 1;
      return;
    }
    if (waiting.length >= mayWait)
      throw new AppError('UNAVAILABLE', 'Too many passwords are being checked just now', { retryAfter: 2 });
    await new Promise<void>((resolve) => waiting.push(resolve));
  };
  // Whoever leaves hands its place to the next, so that nobody overtakes.
  const leave = (): void => {
    const next = waiting.shift();
    if (next === undefined) running -= 1;
    else next();
  };
  return async (work) => {
    await enter();
    try {
      return await work();
    } finally {
      leave();
    }
  };
}

/** Hashes and checks passwords, a bounded number at a time: each needs 128 MiB. */
export function scryptPasswords(cost: ScryptCost = presentCost): Passwords {
  const inTurn = gate();
  const nobody: Stored = { cost, salt: Buffer.alloc(saltBytes), key: Buffer.alloc(keyBytes) };
  const found = new WeakMap<object, Map<string, Promise<boolean>>>();

  const check = async (password: string, phc: string | undefined): Promise<boolean> => {
    const stored = phc === undefined ? nobody : parsed(phc);
    const key = await inTurn(() => derive(password, stored.salt, stored.cost));
    return timingSafeEqual(key, stored.key) && phc !== undefined;
  };

  return {
    hash: async (password) => {
      const salt = randomBytes(saltBytes);
      return phcText({ cost, salt, key: await inTurn(() => derive(password, salt, cost)) });
    },
    verify: (request, password, stored) => {
      const ofRequest = found.get(request) ?? new Map<string, Promise<boolean>>();
      found.set(request, ofRequest);
      const question = JSON.stringify([password, stored]);
      const answer = ofRequest.get(question) ?? check(password, stored);
      ofRequest.set(question, answer);
      return answer;
    },
    isOutdated: (stored) => {
      if (stored === undefined) return false;
      const { ln, r, p } = parsed(stored).cost;
      return ln !== cost.ln || r !== cost.r || p !== cost.p;
    },
  };
}
