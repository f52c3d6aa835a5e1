import { at, isObject, listIn, textIn } from '../../json-value.ts';
import type { Arranged, ArrangedField, Arrangement } from '../kit/arrangement.ts';
import { durationText } from '../kit/format.ts';
import { labelOf } from '../kit/words.ts';
import { t } from '../texts/texts.ts';
import type { Flow, Step } from './flow-draft.ts';

/** Words for the steps of a flow, their fields and their ways. */

/** Kinds of steps, as a person calls them. */
export const stepTitles: Readonly<Record<string, string>> = {
  play: t('Play an announcement'),
  menu: t('Ask for a key'),
  collect: t('Ask for digits'),
  time: t('Opening hours'),
  branch: t('Decide by variables'),
  set: t('Set variables'),
  dial: t('Ring people'),
  voicemail: t('Take a message'),
  mailbox: t('Hear a mailbox'),
  record: t('Record the caller'),
  webhook: t('Ask a server'),
  sms: t('Send an SMS'),
  goto: t('Go to another step or flow'),
  dtmf: t('Send digits'),
  pause: t('Pause'),
  park: t('Park the call'),
  hangup: t('Hang up'),
};

export const titleOfType = (type: string): string => stepTitles[type] ?? type;

/** A step among others, by its kind and its name. */
export const labelOfStep = ({ steps }: Flow, name: string): string => {
  const step = steps[name];
  return step === undefined ? name : `${titleOfType(step.type)} (${name})`;
};

const next = t('Then');

/** Ways out of a step, by the kind of the step and the field. */
const ways: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  menu: { timeout: t('no key'), invalid: t('another key') },
  collect: { next: t('Then'), timeout: t('too few digits in time'), invalid: t('too few digits') },
  time: { open: t('open'), closed: t('closed'), holiday: t('holiday') },
  branch: { else: t('otherwise') },
  dial: {
    busy: t('busy'),
    no_answer: t('no answer'),
    unreachable: t('not reachable'),
    denied: t('not allowed'),
    after: t('after the call'),
  },
  webhook: { failed: t('no answer of the server') },
  sms: { failed: t('not sent') },
  goto: { step: t('to the step') },
  park: { timeout: t('no one fetches it'), full: t('no free place'), after: t('after the call') },
};

/** A way out of a step as a person reads it. @param field such as `no_answer` */
export const wordOfWay = (type: string, field: string): string => ways[type]?.[field] ?? next;

/** Tests of a condition. */
export const tests: Readonly<Record<string, string>> = {
  equals: t('is'),
  prefix: t('begins with'),
  in: t('is one of'),
  matches: t('matches the pattern'),
  between: t('is a number between'),
};

/** A condition as a person reads it: `caller begins with +44`. */
export function wordOfCondition(condition: unknown): string {
  const test = Object.keys(tests).find((name) => at(condition, name) !== undefined);
  const value = test === undefined ? '' : at(condition, test);
  const shown = Array.isArray(value) ? value.join(', ') : String(value);
  return [textIn(at(condition, 'variable')), test === undefined ? '' : tests[test], shown].join(' ').trim();
}

function wordsOfPrompt(prompt: unknown): string {
  const parts = Array.isArray(prompt) ? listIn(prompt) : [prompt];
  const said = parts.map((part) => textIn(at(part, 'say'))).filter((text) => text !== '');
  if (said.length > 0) return said.join(' ');
  return parts.some((part) => textIn(at(part, 'file')) !== '') ? t('A sound') : '';
}

/** What a step does, in a few words; empty: its kind says it. */
export function summaryOf(step: Step): string {
  switch (step.type) {
    case 'dial':
      return t('{count, plural, one {# target} other {# targets}}', { count: listIn(step['to']).length });
    case 'voicemail':
      return textIn(step['mailbox']) === '' ? '' : t('Mailbox {name}', { name: textIn(step['mailbox']) });
    case 'pause':
      return durationText(step['seconds']);
    case 'set':
      return Object.keys(isObject(step['variables']) ? step['variables'] : {}).join(', ');
    default:
      return wordsOfPrompt(step['prompt']);
  }
}

const field = (name: string, label: string, help = ''): ArrangedField => ({ name, label, help });
const way = (type: string, name: string, label = wordOfWay(type, name)): ArrangedField =>
  field(name, label.charAt(0).toUpperCase() + label.slice(1));
const then = field('next', next);
const prompt = field('prompt', t('What callers hear'));

const form = (fields: readonly Arranged[], advanced: readonly Arranged[] = []): Arrangement => ({
  groups: [{ fields }],
  advanced,
});

const waiting = [
  field('interruptible', t('A key stops the announcement')),
  field('clear', t('Forget keys that were typed ahead')),
];

/** What the form of each kind of step shows. */
export const stepForms: Readonly<Record<string, Arrangement>> = {
  play: form([prompt, then], [field('answer', t('Answer the call first'))]),
  menu: form(
    [prompt, field('choices', t('Keys')), way('menu', 'timeout'), way('menu', 'invalid')],
    [field('tries', t('Times to ask')), field('timeout_seconds', t('Wait for a key')), ...waiting],
  ),
  collect: form(
    [
      prompt,
      field('max', t('Most digits')),
      field('into', t('Keep them as'), t('A name for later steps, such as order.')),
      then,
      way('collect', 'timeout'),
      way('collect', 'invalid'),
    ],
    [
      field('min', t('Fewest digits')),
      field('end_key', t('Key that ends the input')),
      field('timeout_seconds', t('Wait for each digit')),
      ...waiting,
    ],
  ),
  time: form([
    field('schedule', t('Opening hours')),
    ...['open', 'closed', 'holiday'].map((name) => way('time', name)),
  ]),
  branch: form([field('when', t('Conditions'), t('The first that holds decides.')), way('branch', 'else')]),
  set: form([field('variables', t('Variables')), then]),
  dial: form(
    [
      field('to', t('Whom to ring')),
      field('ring_seconds', t('Ring for')),
      ...['no_answer', 'busy', 'after'].map((name) => way('dial', name)),
    ],
    [
      {
        ...field('strategy', t('In which order')),
        choices: {
          all: t('all at once'),
          in_order: t('one after the other'),
          random: t('in random order'),
          longest_idle: t('who has been idle longest first'),
        },
      },
      ...['unreachable', 'denied'].map((name) => way('dial', name)),
      field('caller_id', t('Number to show'), t('One of yours, or “original” for that of the caller.')),
      field('music', t('What the caller hears while waiting')),
      field('announce', t('What the called hears first')),
      field('accept_key', t('Key to accept the call')),
    ],
  ),
  voicemail: form([
    field('mailbox', t('Mailbox')),
    field('greeting', t('Greeting'), t('Empty: that of the mailbox.')),
    then,
  ]),
  mailbox: form([]),
  record: form(
    [
      field('into', t('Keep it as'), t('A name for later steps, such as memo.')),
      field('max_seconds', t('At most')),
      then,
    ],
    [field('beep', t('A tone starts it')), field('end_keys', t('Keys that end it'))],
  ),
  webhook: form(
    [field('url', t('Address of the server'), t('With https.')), then, way('webhook', 'failed')],
    [field('send', t('Variables that are sent')), field('timeout_seconds', t('Wait for the answer'))],
  ),
  sms: form([
    field('to', t('To'), t('A number, or a variable such as the caller in double braces.')),
    { ...field('text', t('Text')), control: 'lines' },
    field('template', t('Template'), t('In place of a text.')),
    then,
    way('sms', 'failed'),
  ]),
  goto: form([field('step', t('Step')), field('flow', t('Call flow'), t('Empty: this one.'))]),
  dtmf: form([field('digits', t('Digits')), then]),
  pause: form([{ ...field('seconds', t('How long')), control: 'duration' }, then]),
  park: form([
    field('timeout_seconds', t('Wait for')),
    ...['timeout', 'full', 'after'].map((name) => way('park', name)),
  ]),
  hangup: form([
    {
      ...field('reason', t('The caller hears')),
      choices: { normal: t('the end of the call'), busy: t('busy'), rejected: t('declined') },
    },
  ]),
};

/** What the whole flow has beside its steps. */
export const flowForm: Arrangement = {
  groups: [
    {
      fields: [
        field('extension', t('Extension'), t('Phones of your organization call the flow by it.')),
        field('language', t('Language of the texts')),
        field('enabled', t('New calls begin with it')),
      ],
    },
  ],
  advanced: [
    field('external_policy', t('Policy for outside numbers'), t('Empty: variables may name own extensions only.')),
    field('max_silence_seconds', t('Longest silence'), t('After it a call that goes round in the flow ends.')),
  ],
};

/** The word for a field of a kind of step, or of the flow itself. */
export function labelOfField(type: string, name: string): string {
  const { groups, advanced = [] } = stepForms[type] ?? flowForm;
  const fields = [...groups.flatMap(({ fields: all }) => all), ...advanced];
  const found = fields.find((each) => typeof each !== 'string' && each.name === name);
  return (typeof found === 'object' ? found.label : undefined) ?? labelOf(name);
}
