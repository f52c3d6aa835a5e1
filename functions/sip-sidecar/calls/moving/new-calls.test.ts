import { expect, test } from 'vitest';
import type { SidecarTaskItem } from '#dynamodb/rows/lease.ts';
import type { SipRequest } from '#sip/message.ts';
import type { Transaction } from '../../stack/request-handler.ts';
import { newCallGiver } from './new-calls.ts';

const taskOf = (id: string): SidecarTaskItem => ({
  ...{ kind: 'sidecar-task', id, address: '10.0.0.2:8081' },
  ...{ until: 0, started_at: '', draining: false },
});

type Options = { readonly workers?: readonly SidecarTaskItem[]; readonly isTaken?: boolean; readonly from?: string };

/** What becomes of an INVITE. @param from the task that gave it */
async function fateOf({ workers = [], isTaken = true, from }: Options) {
  const [given, responses]: [string[], number[]] = [[], []];
  let isAbandoned = false;
  const give = newCallGiver({
    membership: { workers },
    give: async (task) => {
      given.push(task);
      return isTaken;
    },
  });
  await give({
    request: { callId: 'call' } as Partial<SipRequest> as SipRequest,
    transaction: {
      flow: { flow: from === undefined ? {} : { task: from } },
      state: 'proceeding',
      respond: ({ status }: { readonly status: number }) => void responses.push(status),
      abandon: () => void (isAbandoned = true),
    } as object as Transaction,
  });
  return { given, responses, isAbandoned };
}

const working = taskOf('task_2');

test('an INVITE at a task that takes no calls is given to one that does, which answers it', async () => {
  expect(await fateOf({ workers: [working] })).toEqual({
    given: ['task_2'],
    responses: [],
    isAbandoned: true,
  });
});

test.each<[string, Options]>([
  ['none does', {}],
  ['the other one does not take it', { workers: [working], isTaken: false }],
  ['another task gave it', { workers: [working], from: 'task_9' }],
])('the caller may try again if %s', async (_what, options) => {
  const { responses, isAbandoned } = await fateOf(options);
  expect([responses, isAbandoned]).toEqual([[503], false]);
});
