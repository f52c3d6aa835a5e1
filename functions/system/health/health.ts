import * as z from 'zod';

/** The public health of the platform: no names, ARNs or errors of its inside. */

const dependencies = ['database', 'queue', 'sip', 'timers'] as const;
export type Dependency = (typeof dependencies)[number];

const Check = z.object({
  status: z.enum(['ok', 'down']).describe('Whether the dependency answered in time.'),
  latency_ms: z.number().int().min(0).describe('Time of the check in milliseconds.'),
});

export const Health = z
  .object({
    status: z
      .enum(['ok', 'degraded', 'down'])
      .describe(
        '`down`: the database or the queue fails. `degraded`: the SIP service has no live task, so that calls fail, ' +
          'or due work is late. Both are 503.',
      ),
    version: z.string().describe('Version of the platform.'),
    uptime_s: z.number().int().min(0).describe('Seconds since the process that answered started.'),
    checks: z.partialRecord(z.enum(dependencies), Check).describe('The dependencies that were checked.'),
  })
  .meta({ id: 'Health' });
export type Health = z.output<typeof Health>;

/** The result of checking one dependency. */
export type Check = z.output<typeof Check>;
export type Checks = Health['checks'];

/** Dependencies without which nothing works. Without the others calls fail or work is late: it is degraded. */
const needed: ReadonlySet<string> = new Set<Dependency>(['database', 'queue']);

/** The status for the results of all checks. Each dependency is needed: only `ok` is answered with 200. */
export function statusOf(checks: Checks): Health['status'] {
  const failed = Object.entries(checks).filter(([, { status }]) => status === 'down');
  if (failed.some(([name]) => needed.has(name))) return 'down';
  return failed.length > 0 ? 'degraded' : 'ok';
}
