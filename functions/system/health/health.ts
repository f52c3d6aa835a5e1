import * as z from 'zod';

/** How the platform is (system.md, "Utilities"): nothing of the inside, no names, no errors. */

const dependencies = ['database', 'queue', 'sip'] as const;
export type Dependency = (typeof dependencies)[number];

const Check = z.object({ status: z.enum(['ok', 'down']), latency_ms: z.number().int().min(0) });

export const Health = z
  .object({
    status: z.enum(['ok', 'degraded', 'down']),
    version: z.string(),
    uptime_s: z.number().int().min(0),
    checks: z.partialRecord(z.enum(dependencies), Check),
  })
  .meta({ id: 'Health' });
export type Health = z.output<typeof Health>;

/** What one look at a dependency found. */
export type Check = z.output<typeof Check>;
export type Checks = Health['checks'];

/** Without these the platform does nothing of use; any other that fails leaves it degraded. */
const needed: ReadonlySet<string> = new Set<Dependency>(['database', 'queue']);

/** The worst of what was found. */
export function statusOf(checks: Checks): Health['status'] {
  const failed = Object.entries(checks).filter(([, { status }]) => status === 'down');
  if (failed.some(([name]) => needed.has(name))) return 'down';
  return failed.length > 0 ? 'degraded' : 'ok';
}
