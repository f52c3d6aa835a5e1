import * as z from 'zod';

/** What the canary knows of its account: the value of the secret `canary`, as the operator stores it. */

export const CanaryAccount = z.object({
  /** A user of an organization of its own, with the scopes `calls` and `system` and a softphone. */
  log_in: z.object({ username: z.string(), password: z.string() }),
  /** Where phones register. Default host: the domain of its line. */
  sip: z
    .object({ host: z.string().optional(), port: z.int().default(5_060), tls_port: z.int().default(5_061) })
    .prefault({}),
  /** The transports that the deployment serves. */
  transports: z.array(z.enum(['udp', 'tls', 'wss'])).default(['udp', 'tls', 'wss']),
  /** The code of the echo test; null where there is no media relay, as it calls no one then. */
  echo: z.string().nullable().default('*43'),
  /** The webhook that gets a test event; without it, none is sent. */
  webhook_id: z.string().optional(),
});
export type CanaryAccount = z.output<typeof CanaryAccount>;

/**
 * The account that a secret holds.
 * @returns undefined for the first value of the secret, which names no user
 * @throws Error that names the path of a wrong field, and no value
 */
export function accountIn(secret: string): CanaryAccount | undefined {
  const value: unknown = JSON.parse(secret);
  if (typeof value !== 'object' || value === null || !('log_in' in value)) return undefined;
  const read = CanaryAccount.safeParse(value);
  if (read.success) return read.data;
  const paths = read.error.issues.map(({ path }) => path.join('.'));
  throw new Error(`the secret canary is wrong at ${paths.join(', ')}`);
}
