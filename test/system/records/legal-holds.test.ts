import { beforeAll, describe, expect, test } from 'vitest';
import { textAt } from '#test/support/example-request.ts';
import { eventually } from '#test/support/eventually.ts';
import { connect } from '../cloud.ts';
import { storeOf } from '../people.ts';
import { newAdministeredTenant, outcome, texts, type AdministeredTenant } from '../tenant.fixture.ts';
import { mailboxesOf, newAgent } from '../voicemail.fixture.ts';
import { voicemailRow } from '#functions/messaging/rows/voicemail.ts';
import { heldRecordRow } from '#dynamodb/rows/legal-hold.ts';
import { tableFor } from '#dynamodb/table.ts';

let tenant: AdministeredTenant;
beforeAll(async () => {
  tenant = await newAdministeredTenant('hold');
});

const ask: AdministeredTenant['ask'] = (...request) => tenant.ask(...request);
const table = () => tableFor<'held' | 'voicemail'>(storeOf(connect().outputs), tenant.organization);
const isHidden = async (id: string): Promise<boolean> =>
  (await table().get(heldRecordRow, { class: 'voicemail', id })) !== undefined;

/** Whether the audio of a message can be downloaded by a link that was made before. */
async function downloads(url: string): Promise<boolean> {
  const { status } = await fetch(url);
  expect([200, 404]).toContain(status);
  return status === 200;
}
const linkOf = async (id: string) => textAt((await ask('GET', `/voicemail/${id}`)).body, 'data', 'download', 'url');

async function place(filter: object, name: string): Promise<string> {
  const body = { name, reason: 'Subpoena', classes: ['voicemail'], filter };
  const made = await ask('PUT', '/archiving/legalholds/new', body);
  expect(outcome(made)).toBe('201');
  return texts(made)['id'] ?? '';
}
/** What the list of holds says about one of them. */
async function estimateOf(id: string): Promise<unknown> {
  const { body } = await ask('GET', '/archiving/legalholds?limit=200');
  return (body as { data: { id: string; held_estimate: unknown }[] }).data.find((hold) => hold.id === id)
    ?.held_estimate;
}
const release = async (id: string) => {
  const answer = await ask('DELETE', `/archiving/legalholds/${id}?reason=Settled`);
  expect(outcome(answer)).toBe('200');
};

describe('a message under a legal hold', () => {
  test('that its user deletes is gone for the user, and kept with its audio until no hold keeps it', async () => {
    const { newMailbox, leave } = mailboxesOf(ask);
    const mailbox = await newMailbox();
    const [held, other] = [await leave(mailbox), await leave(mailbox, { caller_number: '+14155550199' })];
    const [heldAudio, otherAudio] = [await linkOf(held), await linkOf(other)];
    const holds = [
      await place({ numbers: ['+14155550100'] }, `numbers of ${mailbox}`),
      await place(
        { entity_ids: [mailbox], to: '2099-01-01T00:00:00Z', search_text: 'no such words' },
        `words ${mailbox}`,
      ),
      await place({ entity_ids: [held] }, `message ${mailbox}`),
    ];
    for (const id of [held, other]) {
      expect(outcome(await ask('DELETE', `/voicemail/${id}`))).toBe('200');
      expect(outcome(await ask('GET', `/voicemail/${id}`))).toBe('404 NOT_FOUND');
    }
    const counts = await ask('GET', `/voicemail?mailbox=${mailbox}`);
    expect(textAt(counts.body, 'total')).toBe('0');
    await eventually(async () => expect(await downloads(otherAudio)).toBe(false));
    expect([await isHidden(held), await isHidden(other), await downloads(heldAudio)]).toEqual([true, false, true]);
    const counted = await place({ entity_ids: [mailbox] }, `mailbox ${mailbox}`);
    await eventually(async () => expect(await estimateOf(counted)).toBe(1), 30_000);
    await release(counted);
    await release(holds[0] ?? '');
    await release(holds[1] ?? '');
    expect([await isHidden(held), await downloads(heldAudio)]).toEqual([true, true]);
    await release(holds[2] ?? '');
    await eventually(async () => expect(await isHidden(held)).toBe(false), 30_000);
    await eventually(async () => expect(await downloads(heldAudio)).toBe(false), 90_000);
  }, 180_000);

  test('is kept by the user in whose mailbox it was, also when the mailbox is another one now', async () => {
    const { newMailbox, leave } = mailboxesOf(ask);
    const { id: user } = await newAgent(tenant);
    const [mine, others] = [await newMailbox({ user_id: user }), await newMailbox()];
    const message = await leave(mine);
    expect(outcome(await ask('POST', `/voicemail/${message}`, { action: 'move', mailbox: others }))).toBe('200');
    const id = await place({ user_ids: [user] }, `user of ${mine}`);
    expect(outcome(await ask('DELETE', `/voicemail/${message}`))).toBe('200');
    expect(await isHidden(message)).toBe(true);
    expect(await table().get(voicemailRow, { id: message })).toBeUndefined();
    await release(id);
    await eventually(async () => expect(await isHidden(message)).toBe(false), 30_000);
  });
});
