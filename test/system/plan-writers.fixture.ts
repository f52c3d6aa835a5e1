import { policyIn } from './dialplan.fixture.ts';
import { outcome, texts, uniqueName, type Body, type Tenant } from './tenant.fixture.ts';

/** Concurrent writers of everything that changes one plan, none with `If-Match`. */

type Save = (round: number) => readonly [method: string, path: string, body?: Body];

const policyNamed = (name: string): Body => ({
  name,
  status: 'active',
  conditions: { pattern: '^011' },
  actions: { allow: true },
});

const describePolicy =
  (id: string): Save =>
  (round) => ['POST', '/dialplan/policy', { id, description: `Round ${round}` }];
const restorePolicy =
  (id: string): Save =>
  () => ['POST', '/dialplan/policy/restore', { id, version: 1 }];
const saveTemplate: Save = (round) => [
  'PUT',
  '/dialplan/template',
  { name: `Template ${round}`, rules: [{ priority: 1, pattern: '^9$', action: 'bridge', destination: 'user/9' }] },
];
const switchGroup =
  (id: string): Save =>
  (round) => ['POST', `/groups/${id}`, { status: round % 2 === 0 ? 'inactive' : 'active' }];
const switchGateway =
  (id: string): Save =>
  (round) => ['POST', `/sipgateways/${id}`, { enabled: round % 2 !== 0 }];

/** What writers of a plan save, over and over: as often by each of the functions that have it. */
export async function newSaves({ ask }: Tenant): Promise<readonly Save[]> {
  const idOf = async (...[method, path, body]: ReturnType<Save>) => texts(await ask(method, path, body))['id'] ?? '';
  const policy = async () => policyIn(await ask('PUT', '/dialplan/policy', policyNamed(uniqueName('policy')))).id;
  const group = switchGroup(await idOf('PUT', '/groups', { name: uniqueName('group') }));
  const gateway = switchGateway(
    await idOf('PUT', '/sipgateways/new', { name: uniqueName('gateway'), host: 'gw.example.com' }),
  );
  return [
    ...[describePolicy(await policy()), group, gateway, saveTemplate],
    ...[restorePolicy(await policy()), group, gateway, saveTemplate],
  ];
}

/** What became of the saves, in numbers. */
export type Outcomes = {
  saved: number;
  /** The function was killed, and API Gateway answered for it; or the function that it asks, each of three times. */
  killed: number;
  /** 503 after 20 seconds or more, which happens on a busy machine. */
  late: number;
  /** All others, by status and code. */
  readonly others: string[];
};

const turnTimeout = 20_000;

/** Each writer sends one of the saves in each round, as fast as it is answered. */
export async function writePlan(
  { ask }: Tenant,
  saves: readonly Save[],
  { writers, rounds }: { readonly writers: number; readonly rounds: number },
): Promise<Outcomes> {
  const outcomes: Outcomes = { saved: 0, killed: 0, late: 0, others: [] };
  const write = async (save: Save): Promise<void> => {
    for (let round = 0; round < rounds; round += 1) {
      const began = performance.now();
      const answer = await ask(...save(round)).then(outcome, String);
      if (answer === '200' || answer === '201') outcomes.saved += 1;
      else if (answer.includes('"Internal Server Error"')) outcomes.killed += 1;
      else if (answer.startsWith('503') && performance.now() - began >= turnTimeout) outcomes.late += 1;
      else if (answer === '503 UNAVAILABLE') outcomes.killed += 1;
      else outcomes.others.push(answer);
    }
  };
  await Promise.all(Array.from({ length: writers }, (_, at) => write(saves[at % saves.length] ?? saveTemplate)));
  return outcomes;
}
