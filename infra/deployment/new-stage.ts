import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { dollarsOf, idleMonth, priceList } from '../cost/cost.ts';
import type { DeclaredTemplate } from '../declared.ts';
import type { Account } from '../preflight/account.ts';
import { findingLine } from '../preflight/finding.ts';
import { findingsOf, needList } from '../preflight/preflight.ts';
import { settingsOf } from './deploy.ts';
import { assertStageName, parseStage, stagesFolder, stagePath, StageError, type Stage } from './stage-file.ts';

/** What `npm run new-stage` asks, and the file that it writes. */

type Answers = Readonly<Record<string, string>>;

type Question = {
  /** Its option on the command line. */
  readonly option: string;
  readonly text: string;
  /** The answer of who presses Enter; none: it must be answered. */
  readonly preset?: (answers: Answers) => string | undefined;
  readonly isAsked?: (answers: Answers) => boolean;
  /** What the answer adds to the file; an empty answer adds nothing. */
  readonly settings: (answer: string) => Readonly<Record<string, unknown>>;
};

const yesOrNo = (option: string, answer: string): boolean => {
  if (/^(y|yes|true)$/i.test(answer)) return true;
  if (/^(n|no|false)$/i.test(answer)) return false;
  throw new StageError(`${option}: yes or no, not ${answer}`);
};

const none = (): string => '';
const hasSip = ({ sip }: Answers): boolean => sip !== 'off';

export const questions: readonly Question[] = [
  { option: 'name', text: 'Name of the stage, such as prod', settings: () => ({}) },
  {
    option: 'region',
    text: 'Region of AWS, such as eu-central-1',
    preset: ({ AWS_REGION }) => AWS_REGION,
    settings: (region) => ({ region }),
  },
  {
    option: 'domain',
    text: 'Domain of the API, such as api.example.com (empty: none, and then no TLS and no phones in browsers)',
    preset: none,
    settings: (domain) => ({ domain }),
  },
  {
    option: 'zone',
    text: 'Id of the Route 53 zone of the domain, such as Z0123456789ABCDEFGHIJ (empty: you publish the records)',
    preset: none,
    isAsked: ({ domain }) => domain !== '',
    settings: (hostedZoneId) => ({ hostedZoneId }),
  },
  {
    option: 'email',
    text: 'Address that alarms are sent to (empty: none)',
    preset: none,
    settings: (alarmEmail) => ({ alarmEmail }),
  },
  {
    option: 'sip',
    text: 'SIP: on, udp (no TCP, no TLS, no phones in browsers) or off',
    preset: () => 'on',
    settings: (sip) => ({ sip }),
  },
  {
    option: 'relay',
    text: 'Media relay, which voicemail, call flows, recordings and phones in browsers need: yes or no',
    preset: (answers) => (hasSip(answers) ? 'yes' : 'no'),
    isAsked: hasSip,
    settings: (answer) => ({ mediaRelay: yesOrNo('relay', answer) }),
  },
  {
    option: 'egress',
    text: 'Addresses that carriers see: public (they change) or nat (fixed, for allow-lists)',
    preset: () => 'public',
    isAsked: hasSip,
    settings: (sipEgress) => ({ sipEgress }),
  },
];

export type NewStageTools = {
  /** Asks a person; undefined where no one can answer. */
  readonly ask: ((question: string) => Promise<string>) | undefined;
  readonly print: (text: string) => void;
  /** The account of the credentials, if there are some. */
  readonly account: string | undefined;
  /** The region of the credentials, if there is one. */
  readonly region: string | undefined;
  readonly folder?: string;
};

const named = (answers: Answers): string => answers['name'] ?? 'new';
/** What a file needs in any case; answers that are checked before it are complete. */
const anyRegion = { region: 'us-east-1' };

const settingsIn = (answers: Answers): Readonly<Record<string, unknown>> =>
  Object.assign(
    {},
    ...questions.map(({ option, settings }) => {
      const answer = answers[option];
      return answer === undefined || answer === '' ? {} : settings(answer);
    }),
  ) as Readonly<Record<string, unknown>>;

/** @throws StageError naming the option and what it may be */
function assertAnswers(answers: Answers): void {
  if (answers['name'] !== undefined) assertStageName(answers['name']);
  parseStage(named(answers), JSON.stringify({ ...anyRegion, ...settingsIn(answers) }));
}

/** Asks a person until the answer fits the earlier ones. */
async function askFor(
  { option, text }: Question,
  answers: Answers,
  {
    ask,
    print,
    usual,
  }: Pick<NewStageTools, 'print'> & {
    readonly ask: NonNullable<NewStageTools['ask']>;
    readonly usual: string | undefined;
  },
): Promise<string> {
  const shown = usual === undefined || usual === '' ? '' : ` [${usual}]`;
  for (;;) {
    const answer = (await ask(`${text}${shown}: `)).trim() || usual;
    try {
      if (answer === undefined) throw new StageError('An answer is needed.');
      assertAnswers({ ...answers, [option]: answer });
      return answer;
    } catch (error) {
      if (!(error instanceof StageError)) throw error;
      print(error.message);
    }
  }
}

/** An answer that fits the earlier ones: of the command line, of a person, or the preset. */
async function answerTo(
  question: Question,
  answers: Answers,
  { given, ask, print, region }: NewStageTools & { readonly given: string | undefined },
): Promise<string> {
  const { option, text, preset } = question;
  const usual = preset?.({ ...answers, ...(region === undefined ? {} : { AWS_REGION: region }) });
  if (given === undefined && ask !== undefined) return askFor(question, answers, { ask, print, usual });
  const answer = given ?? usual;
  if (answer === undefined) throw new StageError(`--${option} is missing: ${text}`);
  assertAnswers({ ...answers, [option]: answer });
  return answer;
}

/**
 * Asks what the command line does not answer, and writes the file of a stage.
 *
 * @param given the options of the command line
 * @throws StageError for a wrong or missing answer, and for a stage that has a file
 */
export async function newStage(
  given: Readonly<Record<string, string | undefined>>,
  tools: NewStageTools,
): Promise<Stage> {
  let answers: Answers = {};
  for (const question of questions) {
    const { option, isAsked = () => true } = question;
    const answer = given[option];
    if (!isAsked(answers)) {
      if (answer !== undefined) throw new StageError(`--${option} has no effect with the other answers`);
      continue;
    }
    answers = { ...answers, [option]: await answerTo(question, answers, { ...tools, given: answer }) };
  }
  const content = {
    $schema: './schema.json',
    ...settingsIn(answers),
    ...(tools.account === undefined ? {} : { account: tools.account }),
  };
  return write(named(answers), `${JSON.stringify(content, undefined, 2)}\n`, tools.folder);
}

function write(name: string, content: string, folder = stagesFolder): Stage {
  const stage = parseStage(name, content);
  try {
    writeFileSync(join(folder, `${name}.json`), content, { flag: 'wx' });
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST')
      throw new StageError(`${stagePath(name)} exists. Change it with an editor, or choose another name`);
    throw error;
  }
  return stage;
}

/**
 * What an idle month of a stage costs, and what the account lacks for it.
 *
 * @param account undefined without credentials: then the needs of the deployment are listed
 * @returns lines for people
 */
export async function reportLines(
  { name, region, context }: Stage,
  templates: readonly DeclaredTemplate[],
  account: Account | undefined,
): Promise<string[]> {
  const list = priceList();
  const dollars = dollarsOf(idleMonth(templates, list)).toFixed(2);
  const settings = settingsOf(context);
  const lines =
    account === undefined
      ? needList(templates, settings)
      : (await findingsOf(templates, settings, { account, region }))
          .filter(({ verdict }) => verdict !== 'fits')
          .map(findingLine);
  return [
    `\nAn idle month costs about ${dollars} US dollars (${list.region}): npm run cost -- ${name}`,
    account === undefined ? '\nThe deployment needs (no credentials):' : '\nThe account lacks:',
    ...lines.map((line) => `  ${line}`),
  ];
}
