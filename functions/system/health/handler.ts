import { setTimeout as pause } from 'node:timers/promises';
import { isAlive, sidecarTaskRow, sidecarTasks } from '../../../shared/dynamodb/rows/lease.ts';
import { organizationRow, operatorOrganization } from '../../../shared/dynamodb/rows/organization.ts';
import type { DocumentAnswer } from '../../../shared/http/answers/answer.ts';
import type { World } from '../../../shared/http/handlers.ts';
import { outsideFromEnvironment } from '../../../shared/runtime/dependencies.ts';
import { serve } from '../../../shared/http/serve.ts';
import { queuesFromEnvironment } from '../../../shared/queue/queues.ts';
import { version } from '../../../shared/version.ts';
import { getHealth, healthChecks } from './contract.ts';
import { statusOf, type Check, type Checks, type Dependency, type Health } from './health.ts';

type HealthWorld = World<typeof healthChecks>;

/** Milliseconds for which what was found is answered again, and after which a dependency counts as down. */
const resultsLife = 5_000;
const patience = 2_000;

const probes: Readonly<Record<Dependency, (world: HealthWorld) => Promise<unknown>>> = {
  database: ({ tableOf }) => tableOf(operatorOrganization).get(organizationRow, {}),
  queue: ({ queues }) => queues.depth('cdr-ingest'),
  sip: async ({ tableOf, clock }) => {
    const { items } = await tableOf(0).query(sidecarTaskRow, sidecarTasks);
    if (!items.some((task) => isAlive(task, clock().getTime()))) throw new Error('no task of the sidecar lives');
  },
};

const tooLate = (): Promise<never> =>
  pause(patience, undefined, { ref: false }).then(() => Promise.reject(new Error(`no answer within ${patience} ms`)));

async function look(world: HealthWorld, probe: (world: HealthWorld) => Promise<unknown>): Promise<Check> {
  const began = performance.now();
  const status = await Promise.race([probe(world), tooLate()]).then(
    () => 'ok' as const,
    () => 'down' as const,
  );
  return { status, latency_ms: Math.round(performance.now() - began) };
}

async function lookAtAll(world: HealthWorld): Promise<Checks> {
  const found = await Promise.all(
    Object.entries(probes).map(async ([name, probe]) => [name, await look(world, probe)] as const),
  );
  return Object.fromEntries(found);
}

/** Everybody who asks within the results' life shares one look. */
function sharedLook(): (world: HealthWorld, now: number) => Promise<Checks> {
  let latest: { readonly until: number; readonly checks: Promise<Checks> } | undefined;
  return (world, now) => {
    if (latest === undefined || latest.until <= now) latest = { until: now + resultsLife, checks: lookAtAll(world) };
    return latest.checks;
  };
}

const answered = (health: Health): DocumentAnswer<200 | 503> => ({
  kind: 'document',
  status: health.status === 'down' ? 503 : 200,
  contentType: 'application/json',
  body: JSON.stringify(health),
});

/** @param outside what the function touches; tests bring their own */
export const healthHandler = (outside = outsideFromEnvironment({ queues: queuesFromEnvironment() })) => {
  const checksAt = sharedLook();
  return serve(
    healthChecks,
    {
      [getHealth.route]: async ({ query, now }, world) => {
        const checks = query.live === true ? {} : await checksAt(world, now.getTime());
        return answered({ status: statusOf(checks), version, uptime_s: Math.floor(process.uptime()), checks });
      },
    },
    outside,
  );
};

export const handler = healthHandler();
