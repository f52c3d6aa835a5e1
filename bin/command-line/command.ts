/**
 * What the tools of `bin` share: each declares its arguments once, and gets from that `--help`, the check of what
 * was typed, and faults in one line. Exit codes: 0 done; 1 failed, or something does not hold; 2 wrong use.
 */
import { parseArgs, type ParseArgsOptionsConfig } from 'node:util';
import * as z from 'zod';

type Shape = Readonly<Record<string, z.ZodType>>;

/** A fault that its message explains: the tool ends with this message as one line, without a stack. */
export class CommandError extends Error {
  override name = 'CommandError';
  readonly exitCode: number = 1;
}

/** The tool was called in a way that it does not know. Nothing was done. */
export class UsageError extends CommandError {
  override name = 'UsageError';
  override readonly exitCode = 2;
}

export type Command<S extends Shape = Shape> = {
  /** The npm script that runs it. */
  readonly name: string;
  /** What `--help` prints. */
  readonly help: string;
  readonly usage: string;
  /** @param argv what was typed after `--` @throws UsageError */
  readonly read: (argv: readonly string[]) => z.output<z.ZodObject<S>>;
};

type CommandSpec = {
  readonly name: string;
  /** Sentences. */
  readonly purpose: string;
  /** Positional ones in their order, each with a description. A list, as the last one, takes all that remain. */
  readonly arguments?: Shape;
  /** By name: a boolean is a flag, a list an option that may be repeated. Metadata `short`: a letter for it. */
  readonly options?: Shape;
};

/** Arguments and options by name. */
type ShapeOf<S extends CommandSpec> = S extends { readonly arguments: infer A extends Shape; readonly options: infer O }
  ? A & O
  : S extends { readonly arguments: infer A extends Shape }
    ? A
    : S extends { readonly options: infer O extends Shape }
      ? O
      : Readonly<Record<string, never>>;

/** The schema without its default and without being optional. */
function coreOf(schema: unknown): unknown {
  return schema instanceof z.ZodDefault || schema instanceof z.ZodOptional ? coreOf(schema.unwrap()) : schema;
}

const isList = (schema: z.ZodType): boolean => coreOf(schema) instanceof z.ZodArray;
const isFlag = (schema: z.ZodType): boolean => coreOf(schema) instanceof z.ZodBoolean;
const isOptional = (schema: z.ZodType): boolean => schema.safeParse(undefined).success;

const positionalText = ([name, schema]: [string, z.ZodType]): string => {
  const text = `<${name}>${isList(schema) ? ' …' : ''}`;
  return isOptional(schema) ? `[${text}]` : text;
};

const optionText = ([name, schema]: [string, z.ZodType]): string => {
  const text = `--${name}${isFlag(schema) ? '' : ' <value>'}`;
  return isOptional(schema) ? `[${text}]${isList(schema) ? ' …' : ''}` : text;
};

function shortOf(schema: z.ZodType): { readonly short?: string } {
  const short = schema.meta()?.['short'];
  return typeof short === 'string' ? { short } : {};
}

const parserOptions = (options: Shape): ParseArgsOptionsConfig =>
  Object.fromEntries(
    Object.entries(options).map(([name, schema]) => [
      name,
      { type: isFlag(schema) ? 'boolean' : 'string', multiple: isList(schema), ...shortOf(schema) },
    ]),
  );

function parse(options: Shape, argv: readonly string[]) {
  try {
    return parseArgs({ args: [...argv], allowPositionals: true, options: parserOptions(options) });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

/** The positional arguments by their names. @throws UsageError if there are too many */
function byName(shape: Shape, given: readonly string[]): Readonly<Record<string, unknown>> {
  const names = Object.entries(shape);
  const [lastName, last] = names.at(-1) ?? [];
  if (lastName === undefined || last === undefined || !isList(last)) {
    if (given.length > names.length) throw new UsageError(`${given[names.length]} is one argument too many`);
    return Object.fromEntries(names.flatMap(([name], at) => (at < given.length ? [[name, given[at]]] : [])));
  }
  const rest = given.slice(names.length - 1);
  const single = byName(Object.fromEntries(names.slice(0, -1)), given.slice(0, names.length - 1));
  return rest.length === 0 ? single : { ...single, [lastName]: rest };
}

/** Declares a tool. */
export function command<const S extends CommandSpec>(spec: S): Command<ShapeOf<S>> {
  const { name, purpose, arguments: positional = {}, options = {} } = spec;
  const shape = { ...positional, ...options } as ShapeOf<S>;
  const parts = [...Object.entries(positional).map(positionalText), ...Object.entries(options).map(optionText)];
  const usage = `Usage: npm run ${name}${parts.length === 0 ? '' : ` -- ${parts.join(' ')}`}`;
  const lines = [
    ...Object.entries(positional).map((each) => [positionalText(each), each[1].description] as const),
    ...Object.entries(options).map((each) => [optionText(each), each[1].description] as const),
    ['[--help]', 'prints this'] as const,
  ];
  const width = Math.max(...lines.map(([text]) => text.length));
  const explained = lines.map(([text, meaning = '']) => `  ${text.padEnd(width)}  ${meaning}`);
  return {
    name,
    usage,
    help: [usage, '', purpose, '', ...explained].join('\n'),
    read: (argv) => {
      const { values, positionals } = parse(options, argv);
      const typed: Readonly<Record<string, unknown>> = { ...byName(positional, positionals), ...values };
      const parsed = z.object(shape).safeParse(typed);
      if (parsed.success) return parsed.data;
      const [issue] = parsed.error.issues;
      const [at = ''] = issue?.path ?? [];
      const label = Object.hasOwn(options, at) ? `--${String(at)}` : `<${String(at)}>`;
      throw new UsageError(typed[String(at)] === undefined ? `${label} is missing` : `${label}: ${issue?.message}`);
    },
  };
}

/** What a tool was called with. Prints the help or the fault, and ends the process, if it was not called to work. */
export function argumentsOf<S extends Shape>(of: Command<S>, argv = process.argv.slice(2)): z.output<z.ZodObject<S>> {
  if (argv.includes('--help') || argv.includes('-h')) {
    console.log(of.help);
    process.exit(0);
  }
  try {
    return of.read(argv);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    console.error(`${of.name}: ${error.message}\n${of.usage}`);
    process.exit(error.exitCode);
  }
}

const codeOf = (error: Error): string | undefined =>
  'code' in error && typeof error.code === 'string' ? error.code : undefined;

/**
 * A fault of the surroundings in one sentence: missing credentials, an answer of AWS, a file or a server that is not
 * there. @returns undefined for a defect, whose stack says more
 */
export function troubleOf(error: unknown): string | undefined {
  if (error instanceof CommandError) return error.message;
  if (!(error instanceof Error)) return undefined;
  // A mistake in the file of a stage. Not every tool loads what reads it.
  if (error.name === 'StageError') return error.message;
  if (error.name === 'CredentialsProviderError')
    return 'needs AWS credentials: set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY';
  if (error.message === 'Region is missing') return 'needs a region of AWS: set AWS_REGION';
  // An exception of a service: Smithy 2.0, "error trait".
  if ('$fault' in error) return `${error.name}: ${error.message}`;
  if (error.message === 'fetch failed') return `fetch failed: ${String(error.cause)}`;
  // Node.js API, "Error codes of the system". Several failed connections have no message of their own.
  if ('syscall' in error) return error.message;
  return error instanceof AggregateError ? codeOf(error) : undefined;
}

/** Runs a tool: reads its arguments, works, and ends with one line and an exit code if its surroundings fail. */
export async function run<S extends Shape>(
  of: Command<S>,
  work: (input: z.output<z.ZodObject<S>>) => Promise<void> | void,
): Promise<void> {
  try {
    await work(argumentsOf(of));
  } catch (error) {
    const trouble = troubleOf(error);
    if (trouble === undefined) throw error;
    console.error(`${of.name}: ${trouble}${error instanceof UsageError ? `\n${of.usage}` : ''}`);
    process.exitCode = error instanceof CommandError ? error.exitCode : 1;
  }
}
