import fc from 'fast-check';
import { expect, test } from 'vitest';
import { depositBegin, depositScript, type DepositResult, type DepositSetup, type DepositWork } from './deposit.ts';
import { DialogCall } from './dialog.fixture.ts';
import { dialogLimits } from './dialog.ts';

const setup: DepositSetup = {
  ...{ organization: 1_001, mailbox: '204', language: 'en', max_seconds: 60, operator: '200' },
  greeting: [{ platform: 'prompt', language: 'en', name: 'greeting-busy' }],
};

const opened = (message = 'vm_1'): DepositResult => ({ type: 'opened', message });

/** A call that has heard the greeting. */
function greeted(more: Partial<DepositSetup> = {}) {
  const call = new DialogCall(depositScript({ ...setup, ...more }), depositBegin);
  call.take({ type: 'started' });
  call.take({ type: 'done', result: opened() });
  return call;
}

/** A call that is recorded. */
function recording() {
  const call = greeted();
  call.take({ type: 'played' });
  call.take({ type: 'played' });
  expect(call.commands.at(-2)).toMatchObject({ type: 'record', recording: 'vm_1' });
  return call;
}

/** A call that has said something, and hears the menu. */
function asked(milliseconds = 5_000) {
  const call = recording();
  call.at += milliseconds;
  call.press('#');
  call.take({ type: 'recorded', ok: true });
  return call;
}

test('a caller hears the greeting and the beep, is recorded, and keeps its message', () => {
  const call = asked();
  call.take({ type: 'played' });
  call.press('1');
  call.take({ type: 'done', result: { type: 'ok' } });
  call.take({ type: 'played' });
  expect(call.heard).toEqual(['greeting-busy', 'beep', 'message-menu', 'message-sent', 'goodbye']);
  expect(call.works).toEqual([
    { type: 'open', replaced: null },
    { type: 'keep', message: 'vm_1', urgent: false },
  ]);
  expect([call.state.phase, call.commands.at(-1)]).toEqual(['ended', { type: 'hang_up' }]);
});

test('the recording ends with its time, and who then chooses nothing has left its message', () => {
  const call = recording();
  expect(call.commands.at(-1)).toMatchObject({ type: 'start_timer', milliseconds: 60_000 });
  call.at += 60_000;
  call.take({ type: 'timer' });
  call.take({ type: 'recorded', ok: true });
  for (let tries = 0; tries < 3; tries += 1) {
    call.take({ type: 'played' });
    call.take({ type: 'timer' });
  }
  expect(call.works.at(-1)).toEqual({ type: 'keep', message: 'vm_1', urgent: false });
});

test('4 keeps it as urgent, also while the menu plays', () => {
  const call = asked();
  call.press('4');
  expect(call.works.at(-1)).toEqual({ type: 'keep', message: 'vm_1', urgent: true });
  call.take({ type: 'done', result: { type: 'ok' } });
  expect(call.heard.slice(-3)).toEqual(['marked-urgent', 'message-sent', 'goodbye']);
});

test('2 plays it three times at most, when it is stored', () => {
  const call = asked();
  for (let times = 0; times < 3; times += 1) {
    call.press('2');
    expect(call.works.at(-1)).toEqual({ type: 'await', message: 'vm_1' });
    call.take({ type: 'done', result: { type: 'ok' } });
    expect(call.heard.at(-1)).toBe('sound');
    call.take({ type: 'played' });
  }
  call.press('2');
  expect(call.heard.at(-1)).toBe('not-possible');
});

test('a recording that does not come is said to be missing, and may be kept', () => {
  const call = asked();
  call.press('2');
  call.take({ type: 'done', result: { type: 'missing' } });
  call.take({ type: 'played' });
  expect(call.heard.slice(-2)).toEqual(['not-possible', 'message-menu']);
});

test('3 records again in place of the message, without the greeting', () => {
  const call = asked();
  call.press('3');
  expect(call.works.at(-1)).toEqual({ type: 'open', replaced: 'vm_1' });
  call.take({ type: 'done', result: opened('vm_2') });
  call.take({ type: 'played' });
  expect(call.heard.slice(-2)).toEqual(['message-menu', 'beep']);
  expect(call.commands.at(-2)).toMatchObject({ type: 'record', recording: 'vm_2' });
});

test('less than two seconds are no message: the caller hears so, and may speak again', () => {
  const call = asked(1_999);
  expect(call.heard.slice(-2)).toEqual(['message-too-short', 'after-tone']);
  call.take({ type: 'played' });
  expect(call.works.at(-1)).toEqual({ type: 'open', replaced: 'vm_1' });
});

test.each([
  ['in the greeting', greeted, 0, [{ type: 'drop', message: 'vm_1' }]],
  ['in the first two seconds', recording, 1_999, [{ type: 'drop', message: 'vm_1' }]],
  ['after two seconds', recording, 2_000, [{ type: 'keep', message: 'vm_1', urgent: false }]],
  ['in the menu', asked, 0, [{ type: 'keep', message: 'vm_1', urgent: false }]],
])('who hangs up %s', (_when, call, milliseconds, works) => {
  const hanging = call();
  hanging.at += milliseconds;
  expect(hanging.take({ type: 'hung_up' }).filter(({ type }) => type === 'finish')).toEqual(
    works.map((work) => ({ type: 'finish', work })),
  );
});

test('a message that is opened for a caller that has gone is dropped', () => {
  const call = new DialogCall(depositScript(setup), depositBegin);
  call.take({ type: 'started' });
  expect(call.take({ type: 'hung_up' })).toEqual([]);
  expect(call.take({ type: 'done', result: opened() })).toEqual([
    { type: 'finish', work: { type: 'drop', message: 'vm_1' } },
  ]);
});

test('0 during the greeting dials the operator, and the message is left where none answers', () => {
  const call = greeted();
  call.press('0');
  expect(call.works.at(-1)).toEqual({ type: 'dial', number: '200' });
  call.take({ type: 'done', result: { type: 'missing' } });
  expect(call.heard.at(-1)).toBe('beep');
});

test('without an operator 0 is no key', () => {
  const call = greeted({ operator: null });
  call.press('0');
  expect(call.state.phase).toBe('playing');
});

test.each([
  ['full', 'mailbox-full'],
  ['missing', 'mailbox-unavailable'],
] as const)('a mailbox that is %s is told, and takes nothing', (type, said) => {
  const call = new DialogCall(depositScript(setup), depositBegin);
  call.take({ type: 'started' });
  call.take({ type: 'done', result: { type } });
  expect(call.heard).toEqual([said, 'goodbye']);
});

test('where nothing can be recorded, the message is dropped and the caller told', () => {
  const call = recording();
  call.take({ type: 'recorded', ok: false });
  expect(call.works.at(-1)).toEqual({ type: 'drop', message: 'vm_1' });
  call.take({ type: 'done', result: { type: 'ok' } });
  expect(call.heard.at(-2)).toBe('mailbox-unavailable');
});

const events = fc.oneof(
  fc.record({ type: fc.constant('digit' as const), digit: fc.constantFrom(...Array.from('0123456789*#')) }),
  fc.record({ type: fc.constantFrom('played' as const, 'timer' as const) }),
  fc.record({ type: fc.constant('recorded' as const), ok: fc.boolean() }),
  fc.record({
    type: fc.constant('done' as const),
    result: fc.constantFrom<DepositResult>(opened('vm_2'), { type: 'ok' }, { type: 'full' }, { type: 'missing' }),
  }),
);

/** What becomes of each message: the last work about it. */
function fates(works: readonly DepositWork[]): ReadonlyMap<string, readonly string[]> {
  const all = new Map<string, string[]>();
  for (const work of works) {
    const message = work.type === 'open' ? work.replaced : 'message' in work ? work.message : null;
    if (message !== null) all.set(message, [...(all.get(message) ?? []), work.type === 'open' ? 'drop' : work.type]);
  }
  return all;
}

test('whatever happens, each message that was opened is kept or dropped once, and the dialog ends', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(events, fc.integer({ min: 0, max: 5_000 })), { maxLength: 120 }), (happening) => {
      const call = new DialogCall(depositScript(setup), depositBegin);
      let serial = 0;
      const messages: string[] = [];
      call.take({ type: 'started' });
      for (const [event, time] of happening) {
        call.at += time;
        if (event.type === 'done' && event.result.type === 'opened') {
          if (call.state.place.at !== 'opening' || call.state.phase !== 'working') continue;
          serial += 1;
          messages.push(`vm_${serial}`);
          call.take({ type: 'done', result: opened(`vm_${serial}`) });
        } else call.take(event);
      }
      call.take({ type: 'hung_up' });
      if (call.state.phase === 'leaving') call.take({ type: 'done', result: { type: 'missing' } });
      expect(call.state.phase).toBe('ended');
      expect(call.state.entered).toBeLessThan(dialogLimits.entered);
      const found = fates(call.works);
      for (const message of messages)
        expect(found.get(message)?.filter((each) => each === 'keep' || each === 'drop')).toHaveLength(1);
    }),
    { numRuns: 500 },
  );
});
