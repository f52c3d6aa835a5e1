import { setTimeout as pause } from 'node:timers/promises';
import { isAlive, sidecarTaskRow, sidecarTasks } from '../../../shared/dynamodb/rows/lease.ts';
import { organizationRow, operatorOrganization } from '../../../shared/dynamodb/rows/organization.ts';
import type { DocumentAnswer } from '../../../shared/http/answers/answer.ts';
import type { Context } from '../../../shared/http/handlers.ts';
import { dependenciesFromEnvironment } from '../../../shared/runtime/dependencies.ts';
import { serve } from '../../../shared/http/serve.ts';
import { queuesFromEnvironment } from '../../../shared/queue/queues.ts';
import { version } from '../../../shared/version.ts';
import { getHealth, healthChecks } from './contract.ts';
import { statusOf, type Check, type Checks, type Dependency, type Health } from './health.ts';

type HealthContext = Context<typeof healthChecks>;

/** Milliseconds for which what was found is answered again, and after which a dependency counts as down. */
const resultsLife = 5_000;
const timeout = 2_000;

const probes: Readonly<Record<Dependency, (context: HealthContext) => Promise<unknown>>> = {
  database: ({ tableOf }) => tableOf(operatorOrganization).get(organizationRow, {}),
  queue: ({ queues }) => queues.depth('cdr-ingest'),
  sip: async ({ tableOf, clock }) => {
    const { items } = await tableOf(0).query(sidecarTaskRow, sidecarTasks);
    if (!items.some((task) => isAlive(task, clock().getTime()))) throw new Error('no task of the sidecar lives');
  },
};

const tooLate = (): Promise<never> =>
  pause(timeout, undefined, { ref: false }).then(() => Promise.reject(new Error(`no answer within ${timeout} ms`)));

async function look(context: HealthContext, probe: (context: HealthContext) => Promise<unknown>): Promise<Check> {
  const began = performance.now();
  const status = await Promise.race([probe(context), tooLate()]).then(
    () => 'ok' as const,
    () => 'down' as const,
  );
  return { status, latency_ms: Math.round(performance.now() - began) };
}

async function lookAtAll(context: HealthContext): Promise<Checks> {
  const found = await Promise.all(
    Object.entries(probes).map(async ([name, probe]) => [name, await look(context, probe)] as const),
  );
  return Object.fromEntries(found);
}

/** Everybody who asks within the results' life shares one look. */
function sharedLook(): (context: HealthContext, now: number) => Promise<Checks> {
  let latest: { readonly until: number; readonly checks: Promise<Checks> } | undefined;
  return (context, now) => {
    if (latest === undefined || latest.until <= now) latest = { until: now + resultsLife, checks: lookAtAll(context) };
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
export const healthHandler = (dependencies = dependenciesFromEnvironment({ queues: queuesFromEnvironment() })) => {
  const checksAt = sharedLook();
  return serve(
    healthChecks,
    {
      [getHealth.route]: async ({ query, now }, context) => {
        const checks = query.live === true ? {} : await checksAt(context, now.getTime());
        return answered({ status: statusOf(checks), version, uptime_s: Math.floor(process.uptime()), checks });
      },
    },
    dependencies,
  );
};

export const handler = healthHandler();
