import { randomBytes, scrypt, timingSafeEqual, type ScryptOptions } from 'node:crypto';
import { AppError } from '../errors.ts';

/** Cost of scrypt: N = 2^`ln`, block size `r`, parallelism `p` (RFC 7914 §2). */
export type ScryptCost = { readonly ln: number; readonly r: number; readonly p: number };

/** The cost of new hashes: 128 MiB and about 110–220 ms each. */
const currentCost: ScryptCost = { ln: 17, r: 8, p: 1 };

/** The cost in an environment: `PASSWORD_COST` overrides `ln` for tests with many log-ins, never on AWS. */
export const costIn = (environment: Readonly<Record<string, string | undefined>>): ScryptCost => ({
  ...currentCost,
  ln: Number(environment['PASSWORD_COST'] ?? currentCost.ln),
});

const saltBytes = 16;
const keyBytes = 32;
/** Bytes. Node rejects N=2^17 with exactly the 128 MiB that it needs. */
const maxmem = 192 * 1024 * 1024;
const maxRunning = 4;
const maxWaiting = 32;

export type Passwords = {
  /** A PHC string with a new salt. @throws AppError UNAVAILABLE if too many wait */
  readonly hash: (password: string) => Promise<string>;
  /**
   * Whether a password matches a stored hash. Without a stored hash it takes the same time, so that the time does not
   * disclose which accounts exist. Results are cached per request, because a decision may be repeated.
   * @throws AppError UNAVAILABLE if too many wait
   */
  readonly verify: (request: object, password: string, stored: string | undefined) => Promise<boolean>;
  /** Whether a stored hash has another cost than new hashes. */
  readonly isOutdated: (stored: string | undefined) => boolean;
};

type Stored = { readonly cost: ScryptCost; readonly salt: Buffer; readonly key: Buffer };

const phcForm = /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,3}),p=(\d{1,3})\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/;

const unpadded = (bytes: Buffer): string => bytes.toString('base64').replace(/=+$/, '');
const phcText = ({ cost, salt, key }: Stored): string =>
  `$scrypt$ln=${cost.ln},r=${cost.r},p=${cost.p}$${unpadded(salt)}$${unpadded(key)}`;

function parsePhc(phc: string): Stored {
  const [, ln, r, p, salt = '', key = ''] = phcForm.exec(phc) ?? [];
  if (ln === undefined) throw new Error('a stored password is not a PHC string of scrypt');
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

/** Runs at most `maxRunning` tasks concurrently and lets `maxWaiting` wait. */
function limiter(): <T>(work: () => Promise<T>) => Promise<T> {
  let running = 0;
  const waiting: (() => void)[] = [];
  const enter = async (): Promise<void> => {
    if (running < maxRunning) {
      running += 1;
      return;
    }
    if (waiting.length >= maxWaiting)
      throw new AppError('UNAVAILABLE', 'Too many passwords are being checked; try again', { retryAfter: 2 });
    await new Promise<void>((resolve) => waiting.push(resolve));
  };
  // The place goes to the next in line, so that no task overtakes another.
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

/** Hashes and verifies passwords, a limited number concurrently, as each needs 128 MiB. */
export function scryptPasswords(cost: ScryptCost = currentCost): Passwords {
  const limited = limiter();
  const placeholder: Stored = { cost, salt: Buffer.alloc(saltBytes), key: Buffer.alloc(keyBytes) };
  const cache = new WeakMap<object, Map<string, Promise<boolean>>>();

  const check = async (password: string, phc: string | undefined): Promise<boolean> => {
    const stored = phc === undefined ? placeholder : parsePhc(phc);
    const key = await limited(() => derive(password, stored.salt, stored.cost));
    return timingSafeEqual(key, stored.key) && phc !== undefined;
  };

  return {
    hash: async (password) => {
      const salt = randomBytes(saltBytes);
      return phcText({ cost, salt, key: await limited(() => derive(password, salt, cost)) });
    },
    verify: (request, password, stored) => {
      const ofRequest = cache.get(request) ?? new Map<string, Promise<boolean>>();
      cache.set(request, ofRequest);
      const question = JSON.stringify([password, stored]);
      const answer = ofRequest.get(question) ?? check(password, stored);
      ofRequest.set(question, answer);
      return answer;
    },
    isOutdated: (stored) => {
      if (stored === undefined) return false;
      const { ln, r, p } = parsePhc(stored).cost;
      return ln !== cost.ln || r !== cost.r || p !== cost.p;
    },
  };
}
