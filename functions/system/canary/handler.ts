import * as z from 'zod';
import type { BackgroundContext } from '#runtime/background-context.ts';
import { dependenciesFromEnvironment, type Dependencies } from '#runtime/dependencies.ts';
import { runScheduled } from '#runtime/schedule.ts';
import { secretsFromEnvironment, type Secrets } from '#secrets/secrets.ts';
import { accountIn, type CanaryAccount } from './account.ts';
import { clientOf, type Ask } from './client/api.ts';
import { canary } from './contract.ts';
import { CanaryPhone } from './client/phone.ts';
import { openWire, type Transport } from './client/wire.ts';

/** Runs a step of a run. */
type Step = <T>(name: string, work: () => Promise<T>) => Promise<T>;

const LoggedIn = z.object({ token: z.string() });
const CreatedLine = z.object({
  username: z.string(),
  password: z.string(),
  domain: z.string(),
  websocket_url: z.string().optional(),
});
const Tested = z.object({ data: z.object({ delivered: z.boolean(), response_status: z.int().nullable() }) });

/** Seconds after which a line ends that was not deleted. */
const lifetime = 120;

/** Works, and cleans up in any case. @throws what has failed first */
async function cleaningUp(work: () => Promise<void>, cleanUp: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    await cleanUp().catch(() => undefined);
    throw error;
  }
  await cleanUp();
}

/** Registers a line over each transport, and calls the echo test over the first one. */
async function usePhones(ask: Ask, { sip, transports, echo }: CanaryAccount, step: Step): Promise<void> {
  const { websocket_url: url, ...line } = await step('line', async () =>
    CreatedLine.parse(
      await ask('POST', '/Phones', {
        allow_features: ['inbound', 'outbound', 'websocket'],
        type: 'dynamic',
        max_expire: lifetime,
      }),
    ),
  );
  const place = { host: sip.host ?? line.domain, port: sip.port, tlsPort: sip.tls_port, url };
  const [first] = transports;
  const use = async (transport: Transport): Promise<void> => {
    using phone = await step(`REGISTER over ${transport}`, async () =>
      CanaryPhone.register(line, await openWire(transport, place)),
    );
    if (echo !== null && transport === first) await step('echo', () => phone.echo(echo));
    await step(`end over ${transport}`, () => phone.unregister());
  };
  const useAll = async (): Promise<void> => {
    for (const transport of transports) await use(transport);
  };
  await cleaningUp(useAll, () => step('end of the line', () => ask('DELETE', `/Phones/${line.username}`)));
}

/** Has a test event sent. @throws Error unless the receiver takes it */
async function testWebhook(ask: Ask, id: string): Promise<void> {
  const { data } = Tested.parse(await ask('POST', `/webhooks/${id}/test`, {}));
  if (!data.delivered) throw new Error(`the receiver answers ${data.response_status ?? 'nothing'}`);
}

/** Uses the platform as a customer. @throws Error of the step that fails */
async function useAccount(base: string, account: CanaryAccount, step: Step): Promise<void> {
  const { token } = await step('log-in', async () =>
    LoggedIn.parse(await clientOf(base)('POST', '/auth/login', account.log_in)),
  );
  const ask = clientOf(base, token);
  const work = async (): Promise<void> => {
    await usePhones(ask, account, step);
    const { webhook_id: webhook } = account;
    if (webhook !== undefined) await step('webhook', () => testWebhook(ask, webhook));
  };
  await cleaningUp(work, () => step('log-out', () => ask('DELETE', '/auth')));
}

/** Names a step in its error. @param took milliseconds of each step, which it sets */
function timedSteps(took: Record<string, number>): Step {
  return async (name, work) => {
    const began = performance.now();
    try {
      return await work();
    } catch (error) {
      throw new Error(`${name}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
    } finally {
      took[name] = Math.round(performance.now() - began);
    }
  };
}

const platform = () => ({ ...dependenciesFromEnvironment(), secrets: secretsFromEnvironment() });

export function canaryHandler(dependencies: Dependencies & { readonly secrets: Secrets<'canary'> } = platform()) {
  const { secrets } = dependencies;
  const run = async ({ environment, log }: BackgroundContext<typeof canary>): Promise<void> => {
    const base = environment['PUBLIC_URL'] ?? '';
    const took: Record<string, number> = {};
    const step = timedSteps(took);
    try {
      await step('health', () => clientOf(base)('GET', '/health'));
      const account = accountIn(await secrets.read('canary'));
      if (account !== undefined) await useAccount(base, account, step);
    } finally {
      log.note('canary', took);
    }
  };
  return runScheduled(canary, run, dependencies);
}

export const handler = canaryHandler();
