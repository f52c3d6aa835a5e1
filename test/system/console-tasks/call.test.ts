import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '#test/support/eventually.ts';
import { Softphone } from '#test/support/softphone.fixture.ts';
import { needs } from '#test/support/tools.ts';
import { pagesAt, photograph } from '../browser.ts';
import { useExtensions } from '../calls.fixture.ts';
import { connect } from '../cloud.ts';
import { openBy, signInAt, violationsIn } from '../console.fixture.ts';
import { newAccountOf, newPeerTenant } from '../peers/accounts.ts';
import { ownAddress, sipServer } from '../peers/sip-server.ts';
import { peopleIn } from '../people.ts';
import { converse } from '../softphones.fixture.ts';
import { outcome, type AdministeredTenant } from '../tenant.fixture.ts';

/** A call that was made, as its page in the console shows it. */

needs('chromium');
const open = pagesAt((path) => new URL(path, connect().outputs.ApiUrl).href);
const phones = new DisposableStack();
let tenant: AdministeredTenant;

async function newPhone(extension: string): Promise<Softphone> {
  const member = await peopleIn(connect().outputs).join(tenant.organization, 'agent');
  const account = await newAccountOf(tenant, { user: member.user.id, extension });
  const phone = phones.use(await Softphone.open(sipServer, { from: ownAddress(), account }));
  expect(await phone.register()).toBe(200);
  return phone;
}

beforeAll(async () => {
  tenant = await newPeerTenant();
  await useExtensions(tenant);
  expect(outcome(await tenant.ask('POST', `/orgs/${tenant.id}`, { settings: { sip_trace: 'all' } }))).toBe('200');
});
afterAll(() => phones.dispose());

test('a call is found, with its outcome, the ladder of its SIP messages as a file, and its events', async () => {
  const [ann, bob] = [await newPhone('201'), await newPhone('202')];
  const { page, complaints } = await signInAt(open, tenant.username, tenant.password);
  const frames: string[] = [];
  page.on('websocket', (socket) => socket.on('framereceived', ({ payload }) => frames.push(String(payload))));
  await openBy(page, 'Live calls');
  const { caller } = await converse(ann, bob, '202');
  await page.getByRole('row', { name: /202.*Talking/ }).waitFor();
  caller.hangUp();
  // Shown when it happens, not when the page looks at the calls by itself.
  await eventually(() => expect(frames.join('\n')).toMatch(/"call\.hangup"/), 30_000);
  await page.getByText('No one is on the phone now.').waitFor();
  await eventually(async () => {
    const { body } = await tenant.ask('GET', '/Calls/history');
    const id = (body as { calls: { id: string }[] }).calls[0]?.id ?? '';
    expect(outcome(await tenant.ask('GET', `/Calls/${id}/trace`))).toBe('200');
  }, 60_000);
  await openBy(page, 'Call history');
  const row = page.getByRole('row', { name: /202.*answered/i }).first();
  await eventually(async () => {
    await page.reload();
    await row.waitFor({ timeout: 3_000 });
  }, 60_000);
  await row.getByRole('link').click();
  await page.getByText(/^.+ called .+ at .+; the call was answered after .+, and they spoke for .+\.$/).waitFor();
  await page
    .getByRole('region', { name: 'Timeline' })
    .getByText(/rang for .+, talked for /)
    .first()
    .waitFor();
  await page.getByText('Calls within the organization are free.').waitFor();
  await page
    .getByText(/gets SIP\/2\.0 200/)
    .first()
    .waitFor();
  await page.getByText('sends INVITE').first().click();
  await page.locator('details', { hasText: 'sends INVITE' }).locator('pre', { hasText: 'CSeq:' }).first().waitFor();
  await page.getByText('Events', { exact: true }).click();
  await page
    .getByRole('row', { name: /call\.answered/ })
    .first()
    .waitFor();
  expect(await violationsIn(page)).toEqual([]);
  await photograph(page, 'console-call');
  const [file] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Download for Wireshark' }).click(),
  ]);
  // The magic number of a capture file.
  expect(
    readFileSync(await file.path())
      .subarray(0, 4)
      .toString('hex'),
  ).toMatch(/^(d4c3b2a1|a1b2c3d4|4d3cb2a1|a1b23c4d)$/);
  expect(complaints).toEqual([]);
});
