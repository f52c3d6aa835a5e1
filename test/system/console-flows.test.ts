import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { needs } from '../support/tools.ts';
import { pagesAt } from './browser.ts';
import { newNumber } from './calls.fixture.ts';
import { expectFlawless } from './console-looks.fixture.ts';
import { openBy, signInAt } from './console.fixture.ts';
import { ToneListener, uploadTones } from './heard-tones.fixture.ts';
import { sharedTaskCloud, type TaskCloud } from './sidecar-tasks.fixture.ts';
import { outcome, texts, uniqueName } from './tenant.fixture.ts';

/** Call flows that are built in the console by clicks, saved, and called. */

needs('chromium');
needs('rtpengine');

const everything = new AsyncDisposableStack();
const open = pagesAt((path) => new URL(path, cloud.cloud.outputs.ApiUrl).href);
let cloud: TaskCloud;
let ann: ToneListener;
/** Names, as they are offered. */
const names = { schedule: uniqueName('hours'), template: uniqueName('template'), mailbox: '901', menu: '', bye: '' };
const ids = { schedule: '', template: '', menu: '', bye: '' };

beforeAll(async () => {
  cloud = await sharedTaskCloud();
  const { tenant, tasks } = cloud;
  ann = everything.use(await ToneListener.register(tenant, tasks[0], '201'));
  const save = async (path: string, body: object): Promise<string> => {
    const made = await tenant.ask('PUT', path, body);
    expect(outcome(made)).toBe('201');
    return texts(made)['id'] ?? '';
  };
  Object.assign(ids, await uploadTones(tenant));
  for (const tone of ['menu', 'bye'] as const)
    names[tone] = texts(await tenant.ask('GET', `/files/${ids[tone]}`))['name'] ?? '';
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
afterAll(() => everything.disposeAsync());

/** The editor of a new flow, as a person uses it. */
async function newFlow() {
  const { page, complaints } = await signInAt(open, cloud.tenant.username, cloud.tenant.password);
  await openBy(page, 'Call flows');
  await page.getByRole('link', { name: 'New call flow' }).click();
  const choose = async (label: string, option: string, within: Page | Locator = page): Promise<void> => {
    await within.getByRole('combobox', { name: label, exact: true }).click();
    await page.getByRole('option', { name: option, exact: true }).click();
  };
  const fill = (label: string, text: string, within: Page | Locator = page): Promise<void> =>
    within.getByRole('textbox', { name: label, exact: true }).fill(text);
  const seek = async (label: string, text: string): Promise<void> => {
    await page.getByRole('combobox', { name: label, exact: true }).fill(text);
    await page.getByRole('option', { name: text }).click();
  };
  return {
    ...{ page, complaints, choose, fill, seek },
    /** Adds a step, whose fields are shown then. */
    add: (title: string) => choose('Add a step', title),
    addRow: (label: string) => page.getByRole('button', { name: `Add one: ${label}` }).click(),
    row: (label: string) => page.getByRole('group', { name: label, exact: true }),
    save: () => page.getByRole('button', { name: 'Save' }).click(),
  };
}

type Editor = Awaited<ReturnType<typeof newFlow>>;

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
  const { page, add, addRow, choose, fill, row, seek } = editor;
  await fill('Name', uniqueName('all'));
  await add('Hang up');
  await choose('Reason', 'busy');

  await add('Ask for a key');
  for (const step of ['hangup', 'welcome', 'menu']) {
    await addRow('Choices');
    await choose(`Choices ${['hangup', 'welcome', 'menu'].indexOf(step) + 1}: step`, step);
  }
  await choose('Choices 2', '*');
  await page.getByRole('button', { name: 'Remove Choices 3' }).click();
  await addRow('Prompt');
  await choose('Kind', 'a sound', row('Prompt 1'));
  await seek('Sound', names.menu);

  await add('Ask for digits');
  await fill('Max', '4');
  await fill('Into', 'order');
  await choose('End key', 'none');
  await choose('Next', 'menu');

  await add('Opening hours');
  await seek('Schedule', names.schedule);
  await choose('Open', 'menu');

  await add('Decide by variables');
  await addRow('When');
  await fill('Variable', 'caller', row('When 1'));
  await choose('Test', 'begins with', row('When 1'));
  await fill('Text', '+44', row('When 1'));
  await choose('Next step', 'menu', row('When 1'));
  await addRow('When');
  await fill('Variable', 'order', row('When 2'));
  await choose('Test', 'is a number between', row('When 2'));
  await fill('From', '1', row('When 2'));
  await fill('To', '9', row('When 2'));
  await choose('Next step', 'hangup', row('When 2'));

  await add('Set variables');
  await addRow('Variables');
  await fill('Variables 1', 'team');
  await fill('Variables 1: value', 'sales');

  await add('Ring people');
  await addRow('To');
  await fill('To 1: number', '201');
  await seek('Music', names.menu);
  await choose('Accept key', '1');
  await choose('Busy', 'hangup');

  await add('Take a message');
  await seek('Mailbox', names.mailbox);

  await add('Hear a mailbox');

  await add('Record the caller');
  await fill('Into', 'memo');

  await add('Ask a server');
  await fill('URL', 'https://example.com/flow');
  await page
    .getByRole('textbox', { name: 'Send' })
    .or(page.getByRole('combobox', { name: 'Send' }))
    .first()
    .fill('caller');
  await page.keyboard.press('Enter');
  await choose('Failed', 'hangup');

  await add('Send an SMS');
  await fill('To', '{{caller}}');
  await seek('Template', names.template);

  await add('Go to another step or flow');
  await choose('Step', 'menu', page.getByRole('form', { name: 'Step goto' }));

  await add('Send digits');
  await fill('Digits', '12#');

  await add('Pause');
  await fill('Seconds', '2');

  await add('Park the call');
  await fill('Timeout seconds', '60');

  await choose('Step', 'welcome');
  await fill('Text', 'Welcome.', row('Prompt 1'));
  await choose('Next', 'menu');
  await expectFlawless(page, 'console-flow-steps');
  await page.setViewportSize({ width: 1280, height: 900 });
  await editor.save();
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
  const { page, add, addRow, choose } = editor;
  await page.getByRole('textbox', { name: 'Name' }).fill(uniqueName('wrong'));
  await add('Ask for a key');
  await choose('Step', 'welcome');
  await editor.save();
  await page.getByRole('heading', { name: 'Step menu: Ask for a key' }).waitFor();
  const choices = page.getByRole('group', { name: 'Choices', exact: true });
  await choices.locator('[data-problem]').waitFor();
  expect(await choices.locator('[data-problem]:focus').count()).toBe(1);
  await page.getByRole('application').getByText('To be corrected').waitFor();
  await addRow('Choices');
  await choose('Choices 1: step', 'welcome');
  expect(await choices.locator('[data-problem]').count()).toBe(0);
  await editor.save();
  await savedFlow(editor);
  expect(editor.complaints.filter((text) => !text.includes('status of 400'))).toEqual([]);
});

test('a menu that was built by clicks is heard and answered by a caller', async () => {
  const editor = await newFlow();
  const { add, addRow, choose, fill, row, seek } = editor;
  await fill('Name', uniqueName('menu'));
  await add('Hang up');
  await add('Play a prompt');
  await choose('Kind', 'a sound', row('Prompt 1'));
  await seek('Sound', names.bye);
  await choose('Next', 'hangup');
  await choose('Step', 'welcome');
  await choose('Kind', 'a sound', row('Prompt 1'));
  await seek('Sound', names.menu);
  await add('Ask for a key');
  await addRow('Choices');
  await choose('Choices 1', '2');
  await choose('Choices 1: step', 'play');
  await choose('Step', 'welcome');
  await choose('Next', 'menu');
  await editor.save();
  const { id } = await savedFlow(editor);
  const { call, tones } = await ann.call(await newNumber(cloud.tenant, { type: 'flow', id }, cloud.operator));
  await eventually(() => expect(tones()).toEqual(['menu']), 20_000);
  await ann.voice.press('2');
  await eventually(() => expect(call.log.at(-1)).toBe('ended by peer'), 20_000);
  expect(tones()).toEqual(['menu', 'bye']);
});
