import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  answerLeg,
  beginHunt,
  cancelHunt,
  failLeg,
  noteSilence,
  openLegs,
  redirectLeg,
  type HuntStep,
} from './hunt.ts';

const idsOf = (legs: HuntStep<string>['invite']) => legs.map(({ id, target }) => `${id} ${target}`);

test('the targets of an attempt ring together, under ids of their own', () => {
  expect(idsOf(beginHunt('b', [['desk', 'mobile'], ['pstn']]).invite)).toEqual(['b1 desk', 'b2 mobile']);
});

test('a search without targets has failed', () => {
  expect(beginHunt('b', [[]])).toMatchObject({ invite: [], failed: { status: 480 } });
});

test.each([408, 500, 503, 403, 488])('after %i the next gateway is tried', (status) => {
  const { hunt } = beginHunt('b', [['one'], ['two']]);
  const step = failLeg(hunt, 'b1', { status });
  expect([idsOf(step.invite), step.failed]).toEqual([['b2 two'], undefined]);
});

test.each([404, 480, 484, 486, 487, 600, 603])('%i speaks of the callee, so no other gateway is tried', (status) => {
  const { hunt } = beginHunt('b', [['one'], ['two']]);
  expect(failLeg(hunt, 'b1', { status })).toMatchObject({ invite: [], failed: { status } });
});

test('the settings of a gateway decide before the status whether the next one is tried', () => {
  const { hunt } = beginHunt('b', [['one'], ['two']]);
  expect(idsOf(failLeg(hunt, 'b1', { status: 404, isFinal: false }).invite)).toEqual(['b2 two']);
  const failed = { status: 403, isFinal: true };
  expect(failLeg(hunt, 'b1', failed)).toMatchObject({ invite: [], failed });
  const both = beginHunt('b', [['one', 'two']]).hunt;
  const step = failLeg(failLeg(both, 'b1', failed).hunt, 'b2', { status: 404, isFinal: false });
  expect(step).toMatchObject({ failed });
});

test('one busy phone of a user does not stop the others', () => {
  const { hunt } = beginHunt('b', [['desk', 'mobile']]);
  const step = failLeg(hunt, 'b1', { status: 486 });
  expect([step.failed, idsOf(openLegs(step.hunt))]).toEqual([undefined, ['b2 mobile']]);
  expect(failLeg(step.hunt, 'b2', { status: 408 })).toMatchObject({ failed: { status: 486 } });
});

test.each([0, 1])('a busy phone says more than one that is not answered, whichever fails first', (first) => {
  const { hunt } = beginHunt('b', [['desk', 'mobile']]);
  const failures = [{ status: 480 }, { status: 486 }] as const;
  const step = failLeg(hunt, 'b1', failures[first] ?? expect.fail());
  expect(failLeg(step.hunt, 'b2', failures[1 - first] ?? expect.fail())).toMatchObject({ failed: { status: 486 } });
});

test('a 6xx of one phone ends the search at all', () => {
  const { hunt } = beginHunt('b', [['desk', 'mobile'], ['pstn']]);
  const step = failLeg(hunt, 'b2', { status: 603 });
  expect([idsOf(step.cancel), step.failed, step.invite]).toEqual([['b1 desk'], { status: 603 }, []]);
});

test('the first answer cancels the others', () => {
  const { hunt } = beginHunt('b', [['desk', 'mobile', 'soft'], ['pstn']]);
  const step = answerLeg(failLeg(hunt, 'b3', { status: 486 }).hunt, 'b2');
  expect([idsOf(step.cancel), openLegs(step.hunt), step.hunt.waiting]).toEqual([['b1 desk'], [], []]);
});

describe('a phone that is silent', () => {
  const { hunt } = beginHunt('b', [['busy', 'dead'], ['pstn']]);
  const rejected = (status: number) => failLeg(hunt, 'b1', { status });

  test('holds back the failure of the others until it has been silent for a while', () => {
    const waiting = rejected(486);
    expect([waiting.failed, waiting.cancel]).toEqual([undefined, []]);
    const step = noteSilence(waiting.hunt, 'b2', true);
    expect([idsOf(step.cancel), step.failed, step.invite]).toEqual([['b2 dead'], { status: 486 }, []]);
    expect(openLegs(step.hunt)).toEqual([]);
  });

  test('is given up at once when the others fail later', () => {
    const silent = noteSilence(hunt, 'b2', true);
    expect([silent.failed, silent.cancel]).toEqual([undefined, []]);
    expect(failLeg(silent.hunt, 'b1', { status: 486 })).toMatchObject({ failed: { status: 486 } });
  });

  test('is waited for while another one rings, and may answer', () => {
    const { hunt: two } = beginHunt('b', [['busy', 'dead', 'ringing']]);
    const step = noteSilence(failLeg(two, 'b1', { status: 486 }).hunt, 'b2', true);
    expect([step.cancel, step.failed]).toEqual([[], undefined]);
    expect(idsOf(answerLeg(step.hunt, 'b2').cancel)).toEqual(['b3 ringing']);
  });

  test('that has a response after all is waited for', () => {
    const heard = noteSilence(noteSilence(hunt, 'b2', true).hunt, 'b2', false);
    expect(failLeg(heard.hunt, 'b1', { status: 486 })).toMatchObject({ cancel: [] });
    expect(failLeg(heard.hunt, 'b1', { status: 486 }).failed).toBeUndefined();
  });

  test('is followed by the next attempt, if the failures of the others allow it', () => {
    const step = noteSilence(rejected(503).hunt, 'b2', true);
    expect([idsOf(step.cancel), idsOf(step.invite), step.failed]).toEqual([['b2 dead'], ['b3 pstn'], undefined]);
  });

  test('alone holds nothing back: it has its whole time, as have several', () => {
    const { hunt: alone } = beginHunt('b', [['dead'], ['pstn']]);
    expect(noteSilence(alone, 'b1', true)).toMatchObject({ cancel: [], invite: [] });
    const both = noteSilence(noteSilence(hunt, 'b1', true).hunt, 'b2', true);
    expect([both.cancel, both.invite, both.failed]).toEqual([[], [], undefined]);
    // The failure of the attempt before is none of this one.
    const second = failLeg(alone, 'b1', { status: 503 }).hunt;
    expect(noteSilence(second, 'b2', true)).toMatchObject({ cancel: [], invite: [] });
  });
});

describe('a member of a ring group', () => {
  const { hunt } = beginHunt('b', [['one', 'two'], ['three']]);

  test('that is busy ends nothing: the next are called, and at last the search fails', () => {
    const busy = { status: 486, isOfMember: true };
    const first = failLeg(hunt, 'b1', busy);
    expect([first.failed, first.cancel]).toEqual([undefined, []]);
    const second = failLeg(first.hunt, 'b2', busy);
    expect([idsOf(second.invite), second.failed]).toEqual([['b3 three'], undefined]);
    expect(failLeg(second.hunt, 'b3', busy).failed).toMatchObject({ status: 486 });
  });

  test('is followed by the next although another one is silent', () => {
    const silent = noteSilence(hunt, 'b2', true).hunt;
    const step = failLeg(silent, 'b1', { status: 480, isOfMember: true });
    expect([idsOf(step.cancel), idsOf(step.invite)]).toEqual([['b2 two'], ['b3 three']]);
  });
});

describe('a phone that sends the call on', () => {
  test('is followed by others under new ids, and fails no more', () => {
    const { hunt } = beginHunt('b', [['desk', 'mobile'], ['pstn']]);
    const step = redirectLeg(hunt, 'b1', { targets: ['home', 'soft'] });
    expect([idsOf(step.invite), step.cancel]).toEqual([['b3 home', 'b4 soft'], []]);
    expect(idsOf(openLegs(step.hunt))).toEqual(['b2 mobile', 'b3 home', 'b4 soft']);
    expect(failLeg(step.hunt, 'b1', { status: 302 })).toEqual({ hunt: step.hunt, invite: [], cancel: [] });
    expect(idsOf(answerLeg(step.hunt, 'b4').cancel)).toEqual(['b2 mobile', 'b3 home']);
  });

  test('changes nothing after another one has answered', () => {
    const { hunt } = answerLeg(beginHunt('b', [['desk', 'mobile']]).hunt, 'b2');
    expect(redirectLeg(hunt, 'b1', { targets: ['home'] })).toEqual({ hunt, invite: [], cancel: [] });
  });
});

describe('what follows in any case', () => {
  const user = beginHunt('b', [['user'], ['pstn']]).hunt;
  const { hunt } = redirectLeg(user, 'b1', { targets: ['desk', 'mobile'], then: [['gateway']], followUp: 'mailbox' });

  test('is called after a failure that speaks of the callee, and nothing between', () => {
    const one = failLeg(hunt, 'b2', { status: 486, by: 'peer' });
    expect([idsOf(openLegs(one.hunt)), one.failed]).toEqual([['b3 mobile'], undefined]);
    const step = failLeg(one.hunt, 'b3', { status: 408, by: 'transport' });
    expect([idsOf(step.invite), step.failed]).toEqual([['b4 mailbox'], undefined]);
    expect(step.invite[0]?.after).toMatchObject([{ status: 486 }, { status: 408 }]);
    // The search ends with what it says itself.
    expect(failLeg(step.hunt, 'b4', { status: 486 })).toMatchObject({ invite: [], failed: { status: 486 } });
  });

  test('is called after a 6xx, which ends the other phones', () => {
    const step = failLeg(hunt, 'b3', { status: 603, by: 'peer' });
    expect([idsOf(step.cancel), idsOf(step.invite)]).toEqual([['b2 desk'], ['b4 mailbox']]);
  });

  test('comes after the next attempt, if the failure allows that', () => {
    const both = failLeg(failLeg(hunt, 'b2', { status: 503 }).hunt, 'b3', { status: 503 });
    expect(idsOf(both.invite)).toEqual(['b4 gateway']);
    const step = failLeg(both.hunt, 'b4', { status: 503 });
    expect([idsOf(step.invite), step.invite[0]?.after?.length]).toEqual([['b5 mailbox'], 3]);
  });

  test('says how the search ends, however those failed that were called before', () => {
    const busy = failLeg(hunt, 'b2', { status: 486 }).hunt;
    const after = failLeg(busy, 'b3', { status: 486 }).hunt;
    const [mailbox] = openLegs(after);
    expect(failLeg(after, mailbox?.id ?? '', { status: 480 })).toMatchObject({ failed: { status: 480 } });
  });

  test('is told that a silent phone was not reached, however long it was called', () => {
    const alone = redirectLeg(user, 'b1', { targets: ['desk'], followUp: 'mailbox' }).hunt;
    const rung = failLeg(noteSilence(alone, 'b2', true).hunt, 'b2', { status: 480, by: 'timer' });
    expect(rung.invite[0]?.after).toEqual([{ status: 480, by: 'transport' }]);
  });
});

test('a cancelled search begins nothing more', () => {
  const { hunt } = beginHunt('b', [['desk'], ['pstn']]);
  const step = cancelHunt(hunt);
  expect(idsOf(step.cancel)).toEqual(['b1 desk']);
  expect(failLeg(step.hunt, 'b1', { status: 487 })).toEqual({ hunt: step.hunt, invite: [], cancel: [] });
});

test('whatever the failures are, every leg is invited once, and the search ends after the last', () => {
  const attempts = fc.array(fc.array(fc.constant('x'), { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 5 });
  const statuses = fc.infiniteStream(fc.constantFrom(404, 408, 486, 500, 503, 603));
  fc.assert(
    fc.property(attempts, statuses, (targets, status) => {
      let step: HuntStep<string> = beginHunt('b', targets);
      const invited: string[] = [];
      for (let turn = 0; turn < 100 && step.failed === undefined; turn += 1) {
        invited.push(...step.invite.map(({ id }) => id));
        const [open] = openLegs(step.hunt);
        expect(open).toBeDefined();
        step = failLeg(step.hunt, open?.id ?? '', { status: status.next().value ?? 500 });
      }
      expect(step.failed).toBeDefined();
      expect(new Set(invited).size).toBe(invited.length);
    }),
  );
});

describe('a leg that rings beside others', () => {
  const { hunt } = beginHunt('b', [['desk', 'mobile']]);
  const beside = (targets: readonly string[], ...then: readonly string[]) =>
    redirectLeg(hunt, 'b2', { targets, then: then.map((each) => [each]), isBeside: true });

  test('goes on at its next gateway while the others ring', () => {
    const { hunt: two } = beside(['one'], 'two', 'three');
    const step = failLeg(two, 'b3', { status: 503 });
    expect([idsOf(step.invite), idsOf(openLegs(step.hunt)), step.failed]).toEqual([
      ['b4 two'],
      ['b1 desk', 'b4 two'],
      undefined,
    ]);
    expect(idsOf(failLeg(step.hunt, 'b4', { status: 500 }).invite)).toEqual(['b5 three']);
  });

  test('that is busy is called at no other gateway', () => {
    const step = failLeg(beside(['one'], 'two').hunt, 'b3', { status: 486 });
    expect([step.invite, idsOf(openLegs(step.hunt))]).toEqual([[], ['b1 desk']]);
  });

  test('rings at all phones of a group at once', () => {
    expect(idsOf(beside(['one', 'two'], 'three').invite)).toEqual(['b3 one', 'b4 two', 'b5 three']);
  });
});
