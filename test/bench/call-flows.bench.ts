import { initialState } from '#functions/telephony/call-flows/flow-call.ts';
import { flowOf } from '#functions/telephony/call-flows/flow-walk.fixture.ts';
import { step } from '#functions/telephony/call-flows/interpreter.ts';
import type { FlowEvent } from '#functions/telephony/schema/call-flow-state.ts';
import type { Figure } from './benchmark.ts';
import { warm } from './timing.ts';

/** What an event of a call costs in a flow of 200 steps: menus, decisions and texts with variables. */
export default async function measure(): Promise<readonly Figure[]> {
  const { p50, p99 } = warm(
    Array.from({ length: 1_024 }, () => ''),
    20,
    walk,
  );
  return [
    { what: 'call flow: an event, p50', measured: p50 / events, unit: 'µs', must: { atMostYardsticks: 0.15 } },
    { what: 'call flow: an event, p99', measured: p99 / events, unit: 'µs' },
  ];
}

const menus = Array.from({ length: 50 }, (_item, at): [string, object][] => [
  [
    `menu${at}`,
    {
      type: 'menu',
      prompt: [{ say: 'Menu {{count}} for {{caller}}' }, { say: '{{digits}}', as: 'digits' }],
      choices: { '1': `who${at}`, '2': 'menu0' },
    },
  ],
  [
    `who${at}`,
    { type: 'branch', when: [{ variable: 'caller', matches: '^\\+49(30|40)', to: `set${at}` }], else: 'menu0' },
  ],
  [`set${at}`, { type: 'set', variables: { count: `${at}`, [`seen${at}`]: '{{digits}}' }, next: `said${at}` }],
  [`said${at}`, { type: 'play', prompt: { say: 'You chose {{digits}}' }, next: `menu${(at + 1) % 50}` }],
]).flat();
const flow = flowOf(Object.fromEntries(menus));
const context = { schedule: () => undefined };

/** A caller that chooses in each of 49 menus: a digit, and the end of a prompt. */
const events = 2 * 49;

function walk(): void {
  let state = initialState(flow, { caller: '+4930123456', called: '+4940123456' });
  const take = (event: FlowEvent): void => {
    ({ state } = step(flow, state, event, context));
  };
  take({ at: 0, type: 'started' });
  for (let at = 1; at < 50; at += 1) {
    take({ at, type: 'digit', digit: '1' });
    take({ at, type: 'played', id: state.awaits });
  }
  if (state.step !== 'menu49') throw new Error(`the walk ended at ${state.step}`);
}
