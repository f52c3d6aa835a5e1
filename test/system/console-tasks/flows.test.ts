import { beforeAll, expect, test } from 'vitest';
import { eventually, past } from '#test/support/eventually.ts';
import { needs } from '#test/support/tools.ts';
import { pagesAt } from '../browser.ts';
import { newNumber } from '../calls.fixture.ts';
import { countClicks } from './clicks.fixture.ts';
import { expectFlawless } from '../console-looks.fixture.ts';
import { openBy, signInAt } from '../console.fixture.ts';
import { editorIn, overlaps, step, type Editor } from './flow-editor.fixture.ts';
import { uploadTones } from '../heard-tones.fixture.ts';
import { recorder, samplesOf, toneBlocks } from '../peers/heard-samples.ts';
import { callIs, callWith, dial, expectSound, newPhoneUser, withMicrophone } from '../phone-pages.fixture.ts';
import { sharedTaskCloud, type TaskCloud } from '../sidecar-tasks.fixture.ts';
import { outcome, tenantPassword, texts, uniqueName } from '../tenant.fixture.ts';

/** Call flows that are built in the console by clicks, saved, and called. */

needs('chromium');
needs('rtpengine');

/** Hertz of the tone after which a message is taken. */
const beep = 1_400;

const addressOf = (path: string): string => new URL(path, cloud.cloud.outputs.ApiUrl).href;
const open = pagesAt(addressOf);
const openWithMicrophone = pagesAt(addressOf, withMicrophone);
let cloud: TaskCloud;
/** Names, as they are offered. */
const names = { schedule: uniqueName('hours'), template: uniqueName('template'), mailbox: '901', menu: '' };
const ids = { schedule: '', template: '', menu: '' };

beforeAll(async () => {
  cloud = await sharedTaskCloud();
  const { tenant } = cloud;
  const save = async (path: string, body: object): Promise<string> => {
    const made = await tenant.ask('PUT', path, body);
    expect(outcome(made)).toBe('201');
    return texts(made)['id'] ?? '';
  };
  ids.menu = (await uploadTones(tenant)).menu;
  names.menu = texts(await tenant.ask('GET', `/files/${ids.menu}`))['name'] ?? '';
  const weekly = [{ days: ['mo'], from: '09:00', to: '17:00' }];
  ids.schedule = await save('/schedules/new', { name: names.schedule, time_zone: 'Europe/Berlin', weekly });
  ids.template = await save('/emailtemplates/new', {
    name: names.template,
    subject: 'Back',
    html: '<p>Back</p>',
    text: 'Back',
  });
  await save(`/voicemailprefs/${names.mailbox}`, {});
});

async function newFlow() {
  const opened = await signInAt(open, cloud.tenant.username, cloud.tenant.password);
  await openBy(opened.page, 'Call flows');
  await opened.page.getByRole('link', { name: 'New call flow' }).first().click();
  return editorIn(opened);
}

/** Waits until the flow has an id. @returns what the API has of it */
async function savedFlow({ page }: Editor) {
  await eventually(async () => {
    const rejected = await page.getByRole('main').getByRole('alert').allInnerTexts();
    expect({ rejected, isSaved: /\/flow_\w+$/.test(page.url()) }).toEqual({ rejected: [], isSaved: true });
  });
  const id = page.url().split('/').at(-1) ?? '';
  const { body } = await cloud.tenant.ask('GET', `/callflows/${id}`);
  return { id, flow: (body as { readonly data: object }).data };
}

test('each kind of step is built by clicks, and is saved as it was filled in', async () => {
  const editor = await newFlow();
  const { page, add, addRow, choose, fill, row, seek, select, unfold } = editor;
  await fill('Name', uniqueName('all'));
  await add('Hang up');
  await choose('The caller hears', 'busy');

  await add('Ask for a key');
  for (const [at, name] of ['hangup', 'welcome', 'menu'].entries()) {
    await addRow('Keys');
    await choose(`Keys ${at + 1}: step`, step(name));
  }
  await choose('Keys 2', '*');
  await page.getByRole('button', { name: 'Remove Keys 3' }).click();
  await addRow('What callers hear');
  await choose('Kind', 'a sound', row('What callers hear 1'));
  await seek('Sound', names.menu);
  const listen = page.getByRole('region', { name: 'Listen' });
  await listen.getByRole('button', { name: `${names.menu}: play` }).waitFor();

  await add('Ask for digits');
  await fill('Most digits', '4');
  await fill('Keep them as', 'order');
  await choose('Then', step('menu'));
  await unfold();
  await choose('Key that ends the input', 'none');

  await add('Opening hours');
  await seek('Opening hours', names.schedule);
  await choose('Open', step('menu'));

  await add('Decide by variables');
  await addRow('Conditions');
  await fill('Variable', 'caller', row('Conditions 1'));
  await choose('Comparison', 'begins with', row('Conditions 1'));
  await fill('Text', '+44', row('Conditions 1'));
  await choose('Next step', step('menu'), row('Conditions 1'));
  await addRow('Conditions');
  await fill('Variable', 'order', row('Conditions 2'));
  await choose('Comparison', 'is a number between', row('Conditions 2'));
  await fill('From', '1', row('Conditions 2'));
  await fill('To', '9', row('Conditions 2'));
  await choose('Next step', step('hangup'), row('Conditions 2'));

  await add('Set variables');
  await addRow('Variables');
  await fill('Variables 1', 'team');
  await fill('Variables 1: value', 'sales');

  await add('Ring people');
  await fill('Whom to ring 1: number', '201');
  await choose('Busy', step('hangup'));
  await unfold();
  await seek('What the caller hears while waiting', names.menu);
  await choose('Key to accept the call', '1');

  await add('Take a message');
  await seek('Mailbox', names.mailbox);

  await add('Hear a mailbox');

  await add('Record the caller');
  await fill('Keep it as', 'memo');

  await add('Ask a server');
  await fill('Address of the server', 'https://example.com/flow');
  await choose('No answer of the server', step('hangup'));
  await unfold();
  await page
    .getByRole('textbox', { name: 'Variables that are sent' })
    .or(page.getByRole('combobox', { name: 'Variables that are sent' }))
    .first()
    .fill('caller');
  await page.keyboard.press('Enter');

  await add('Send an SMS');
  await fill('To', '{{caller}}');
  await seek('Template', names.template);

  await add('Go to another step or flow');
  await choose('Step', step('menu'), page.getByRole('form', { name: step('goto') }));

  await add('Send digits');
  await fill('Digits', '12#');

  await add('Pause');
  await fill('How long', '2');

  await add('Park the call');
  await fill('Wait for', '1:00');

  await select('welcome');
  await fill('Text', 'Welcome.', row('What callers hear 1'));
  await choose('Then', step('menu'));
  expect(await overlaps(page)).toBe(0);
  await expectFlawless(page, 'console-flow-steps');
  await page.setViewportSize({ width: 1280, height: 900 });
  await editor.publish();
  expect((await savedFlow(editor)).flow).toMatchObject({
    start: 'welcome',
    steps: {
      welcome: { type: 'play', prompt: { say: 'Welcome.' }, next: 'menu' },
      hangup: { type: 'hangup', reason: 'busy' },
      menu: { type: 'menu', choices: { '1': 'hangup', '*': 'welcome' }, prompt: { file: ids.menu } },
      collect: { type: 'collect', max: 4, into: 'order', end_key: null, next: 'menu' },
      time: { type: 'time', schedule: ids.schedule, open: 'menu' },
      branch: {
        type: 'branch',
        when: [
          { variable: 'caller', prefix: '+44', to: 'menu' },
          { variable: 'order', between: [1, 9], to: 'hangup' },
        ],
      },
      set: { type: 'set', variables: { team: 'sales' } },
      dial: { type: 'dial', to: ['201'], music: ids.menu, accept_key: '1', busy: 'hangup' },
      voicemail: { type: 'voicemail', mailbox: names.mailbox },
      mailbox: { type: 'mailbox' },
      record: { type: 'record', into: 'memo' },
      webhook: { type: 'webhook', url: 'https://example.com/flow', send: ['caller'], failed: 'hangup' },
      sms: { type: 'sms', to: '{{caller}}', template: ids.template },
      goto: { type: 'goto', step: 'menu' },
      dtmf: { type: 'dtmf', digits: '12#' },
      pause: { type: 'pause', seconds: 2 },
      park: { type: 'park', timeout_seconds: 60 },
    },
  });
});

test('what is rejected is said at its field, in the step that is opened for it', async () => {
  const editor = await newFlow();
  const { page, add, addRow, choose, select } = editor;
  await page.getByRole('textbox', { name: 'Name' }).fill(uniqueName('wrong'));
  await add('Ask for a key');
  const missing = page.getByRole('button', { name: 'Ask for a key (menu): Keys is missing.' });
  await missing.waitFor();
  await select('welcome');
  await editor.publish();
  await page.getByRole('heading', { name: 'Ask for a key (menu)' }).waitFor();
  const choices = page.getByRole('group', { name: 'Keys', exact: true });
  await choices.locator('[data-problem]').waitFor();
  expect(await choices.locator('[data-problem]:focus').count()).toBe(1);
  await page.getByRole('application').getByText('To be corrected').waitFor();
  await addRow('Keys');
  await choose('Keys 1: step', step('welcome'));
  expect(await choices.locator('[data-problem]').count()).toBe(0);
  await editor.publish();
  await savedFlow(editor);
  expect(editor.complaints.filter((text) => !text.includes('status of 400'))).toEqual([]);
});

test('a menu with a mailbox is built by twelve clicks, called from the page and heard to its end', async () => {
  const person = await newPhoneUser(cloud.tenant, 'Ada', '203');
  expect(outcome(await cloud.tenant.ask('PUT', `/permissions/${person.id}`, { roles: ['admin'] }))).toBe('200');
  const opened = await signInAt(openWithMicrophone, person.username, tenantPassword);
  const { page } = opened;
  const clicks = await countClicks(page);
  await openBy(page, 'Call flows');
  await page.getByRole('link', { name: 'New call flow' }).first().click();
  const editor = editorIn(opened);
  const { add, fill, publish, seek } = editor;
  await fill('Name', uniqueName('reception'));
  await fill('Text', 'Press 1 for sales. Press 2 to leave a message.');
  await add('Ask for a key');
  await add('Ring people');
  await fill('Whom to ring 1: number', '201');
  await page.getByRole('application').getByText('Ask for a key', { exact: true }).click();
  await add('Take a message');
  await seek('Mailbox', names.mailbox);
  await publish();
  const { id, flow } = await savedFlow(editor);
  expect(clicks.count).toBeLessThanOrEqual(12);
  expect(flow).toMatchObject({
    start: 'welcome',
    steps: {
      welcome: { type: 'play', next: 'menu' },
      menu: { type: 'menu', choices: { 1: 'dial', 2: 'voicemail' } },
      dial: { to: ['201'] },
      voicemail: { mailbox: names.mailbox },
    },
  });

  const number = await newNumber(cloud.tenant, { type: 'flow', id }, cloud.operator);
  const before = clicks.count;
  await page.getByRole('button', { name: 'Phone', exact: true }).click();
  await page.locator('[data-stage=ready]').waitFor();
  await page.evaluate(recorder('/opus|telephone-event/i'));
  await dial(page, number);
  const party = { name: number.slice(1), extension: number.slice(1) };
  await callIs(page, party, 'talking');
  await expectSound(page);
  await page.getByRole('group', { name: 'Keypad' }).getByRole('button', { name: '2', exact: true }).click();
  const messages = async () => (await cloud.tenant.ask('GET', `/voicemail?mailbox=${names.mailbox}`)).body;
  // A message that is longer than a moment, after the tone.
  await eventually(async () => expect(toneBlocks(await samplesOf(page), [beep])).not.toEqual([]), 30_000);
  await past(3_000);
  await callWith(page, party).getByRole('button', { name: 'Hang up', exact: true }).click();
  await eventually(async () => expect(await messages()).toMatchObject({ total: 1 }), 30_000);
  expect(clicks.count - before).toBeLessThanOrEqual(12);
});
