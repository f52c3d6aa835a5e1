import { createWriteStream, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Faults } from '../aws/faults.ts';
import type { Freezer } from '../aws/freezer.ts';
import { FunctionVersions } from './function-versions.ts';
import type { FunctionSettings, Invocation, Rest } from './lambda-pool.ts';
import { codeKeyOf, releaseFunctions, type ReadAssembly, type Release } from './releases.ts';
import { rareTargets } from './schedules.ts';
import { WarmEnvironments } from './warm-environments.ts';
import { LocalCloudError, pseudoParameters, type CloudResource } from '../templates/resource.ts';

/** The functions of all stacks. A target is a function's name, `name:alias`, or the ARN of either. */
export type Lambdas = {
  /** Checks at start that a target exists. @throws LocalCloudError naming it otherwise */
  check(target: string): void;
  /** Whether the template reserves environments for a target. @throws LocalCloudError if no stack declares it */
  isReserved(target: string): boolean;
  /**
   * Runs a function with an event in JSON, as `Invoke` with `RequestResponse` does. Never rejects: a failure of the
   * function is an outcome.
   */
  invoke(target: string, event: string): Promise<Invocation>;
  /** Runs the function's code in `folder` from the next event on; an event in progress ends with the previous code. */
  replaceCode(target: string, folder: string): void;
  /** Releases the functions of another assembly step by step, as their deployment groups say (`releases.ts`). */
  release(read: ReadAssembly, minute: () => Promise<void>): Promise<ReadonlyMap<string, Release>>;
  /** Waits at most `milliseconds` for events in progress, then ends all threads. */
  close(milliseconds: number): Promise<void>;
};

export type LambdaOptions = {
  readonly resources: readonly CloudResource[];
  /** S3 key of the code → folder of the bundle. */
  readonly assets: ReadonlyMap<string, string>;
  /** Variables that the local cloud adds to those of the template: region, endpoint, credentials, settings. */
  variablesOf(functionName: string): Readonly<Record<string, string>>;
  /** Variables of one execution environment of a function. */
  credentialsOf?(functionName: string, freezer: Freezer): Readonly<Record<string, string>>;
  /** Receives `<function>.log` for each function that has run. */
  readonly logFolder: string;
  /** Functions whose thread stays for two minutes without an event. */
  readonly warmFunctions?: number;
  readonly faults?: Faults;
  /** By which an alias with two versions chooses one: 0–1. */
  readonly random?: () => number;
};

type FunctionProperties = {
  readonly Handler?: string;
  readonly Timeout?: number;
  readonly MemorySize?: number;
  readonly ReservedConcurrentExecutions?: number;
  readonly Environment?: { readonly Variables?: Readonly<Record<string, string>> };
};

/** AWS's own defaults, in seconds and megabytes. */
const defaults = { timeout: 3, memory: 128 };

/** Makes the functions of the templates invocable; threads start with the first event. */
export function startLambdas(options: LambdaOptions): Lambdas {
  mkdirSync(options.logFolder, { recursive: true });
  const ofType = (...types: readonly string[]) => options.resources.filter(({ type }) => types.includes(type));
  const functions = new Map(ofType('AWS::Lambda::Function').map((each) => [each.name, each]));
  const qualified = new Set(ofType('AWS::Lambda::Alias', 'AWS::Lambda::Version').map(({ arn }) => arn));
  const started = new Map<string, FunctionVersions>();
  const restOfEach = restOf(options);

  const find = (target: string): { resource: CloudResource; arn: string } => {
    const { name, qualifier } = parseTarget(target);
    const resource = functions.get(name);
    const arn = `${resource?.arn}${qualifier ? `:${qualifier}` : ''}`;
    if (!resource || (qualifier && qualifier !== '$LATEST' && !qualified.has(arn)))
      throw new LocalCloudError(`No stack declares the function ${target}.`);
    return { resource, arn };
  };
  const versionsOf = (resource: CloudResource): FunctionVersions => {
    const versions =
      started.get(resource.name) ??
      new FunctionVersions(settingsOf(resource, options), {
        key: codeKeyOf(resource),
        hasAlias: [...qualified].some((arn) => arn.startsWith(`${resource.arn}:`)),
        rest: restOfEach(resource),
        random: options.random ?? Math.random,
      });
    started.set(resource.name, versions);
    return versions;
  };

  return {
    check: (target) => void find(target),
    isReserved: (target) => settingsOfTemplate(find(target).resource).ReservedConcurrentExecutions !== undefined,
    invoke: (target, event) => {
      const { resource, arn } = find(target);
      return versionsOf(resource).invoke(event, arn);
    },
    replaceCode: (target, folder) => versionsOf(find(target).resource).replaceCode(folder),
    release: (read, minute) =>
      releaseFunctions(
        {
          versionsOf: (name) => versionsOf(find(name).resource),
          logOf: (name) => logFileOf(name, options),
        },
        read,
        minute,
      ),
    close: async (milliseconds) => {
      const deadline = Date.now() + milliseconds;
      while (Date.now() < deadline && [...started.values()].some(({ busy }) => busy)) await pause(20);
      await Promise.all([...started.values()].map((versions) => versions.stop()));
    },
  };
}

const logFileOf = (functionName: string, { logFolder }: Pick<LambdaOptions, 'logFolder'>): string =>
  join(logFolder, `${functionName}.log`);

/** Milliseconds without an event after which environments end: each keeps some 17 MiB. */
const rests = { rare: 500, idle: 120_000, surplus: 15_000 };

/**
 * When environments end. One of a rare schedule ends at once. One of a schedule each minute stays: its start would cost
 * an idle machine more than all else.
 */
function restOf({ resources, warmFunctions = 16 }: LambdaOptions): (of: CloudResource) => Rest {
  const rare = rareTargets(resources, rests.idle);
  const warm = new WarmEnvironments(warmFunctions);
  return ({ arn }) => ({ idle: rare.has(arn) ? rests.rare : rests.idle, surplus: rests.surplus, warm });
}

/** @param target `name`, `name:qualifier`, or `arn:aws:lambda:<region>:<account>:function:<name>[:<qualifier>]` */
function parseTarget(target: string): { name: string; qualifier: string | undefined } {
  const parts = target.split(':');
  const [name = '', qualifier] = target.startsWith('arn:') ? parts.slice(6) : parts;
  return { name, qualifier };
}

const settingsOfTemplate = ({ properties }: CloudResource): FunctionProperties => properties;

function settingsOf(resource: CloudResource, options: LambdaOptions): FunctionSettings {
  const { assets, variablesOf, credentialsOf, faults } = options;
  const { name: functionName } = resource;
  const {
    Handler: handler = 'index.handler',
    Timeout = defaults.timeout,
    MemorySize = defaults.memory,
    ReservedConcurrentExecutions: reserved,
    Environment,
  } = settingsOfTemplate(resource);
  const logFile = logFileOf(functionName, options);
  const folder = assets.get(codeKeyOf(resource));
  if (folder === undefined)
    throw new LocalCloudError(`The code of ${functionName} is not among the assets of the synthesized app.`);
  return {
    environment: { folder, handler, functionName, version: '', memoryMegabytes: MemorySize, logFile },
    variables: {
      ...runtimeVariables(functionName, MemorySize),
      ...Environment?.Variables,
      ...variablesOf(functionName),
    },
    credentialsOf: (freezer) => credentialsOf?.(functionName, freezer) ?? {},
    timeout: Timeout * 1000,
    ...(reserved === undefined ? {} : { reserved }),
    // A log that cannot be written, as on a full disk, must not end the function.
    log: createWriteStream(logFile, { flags: 'a' }).on('error', () => undefined),
    killAfter: () => (faults?.chance('killedFunction') ? faults.delay('killedFunction') : null),
  };
}

/**
 * @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html (Defined runtime environment variables)
 */
const runtimeVariables = (functionName: string, memoryMegabytes: number): Record<string, string> => ({
  AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
  TZ: ':UTC',
  AWS_LAMBDA_FUNCTION_NAME: functionName,
  AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(memoryMegabytes),
  AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${functionName}`,
  AWS_LAMBDA_LOG_STREAM_NAME: 'local',
  AWS_REGION: pseudoParameters['AWS::Region'],
  AWS_DEFAULT_REGION: pseudoParameters['AWS::Region'],
});
