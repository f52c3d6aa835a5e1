import { readFileSync, statSync } from 'node:fs';
import type { Assembly } from '../templates/assembly.ts';
import type { VersionOf } from '../templates/resource-types.ts';
import { isObject, LocalCloudError, type CloudResource } from '../templates/resource.ts';
import { isRaised, metricsIn, type MetricValue } from './alarms.ts';
import type { FunctionVersions } from './function-versions.ts';

/** How the release of a function ended: all requests have its new code, or the alarm moved them back. */
export type Release =
  | { readonly version: string; readonly status: 'Succeeded' }
  | { readonly version: string; readonly status: 'Stopped'; readonly alarm: string };

/** An assembly whose templates publish these versions. */
export type ReadAssembly = (versionOf: VersionOf) => Pick<Assembly, 'resources' | 'assets'>;

/** The functions of all stacks, as they run. */
type Functions = {
  versionsOf(functionName: string): FunctionVersions;
  /** File with the log lines of a function. */
  logOf(functionName: string): string;
};

/**
 * Releases the functions whose code another assembly changes, as AWS CloudFormation and AWS CodeDeploy do: each gets a
 * version, to which CodeDeploy moves the requests of its alias step by step. It looks at the alarms of the function's
 * deployment group each minute, and moves the requests back when one is raised. On AWS the stack of that function is
 * rolled back, too; here each function is released alone.
 *
 * @param minute waits for a minute of the deployment
 * @returns by the names of the functions
 * @throws LocalCloudError for a deployment group that watches what the local cloud does not model
 */
export async function releaseFunctions(
  functions: Functions,
  read: ReadAssembly,
  minute: () => Promise<void>,
): Promise<ReadonlyMap<string, Release>> {
  const released = functionsIn(read(() => '1').resources).filter(
    (each) => isReleased(each) && functions.versionsOf(each.name).live.key !== codeKeyOf(each),
  );
  const changed = new Set(released.map(({ name }) => name));
  const next = read((name) => {
    const versions = functions.versionsOf(name);
    return changed.has(name) ? versions.nextVersion : versions.live.version;
  });
  const running = functionsIn(next.resources)
    .filter(({ name }) => changed.has(name))
    .map((each) => new RunningRelease(each, functions, next));
  for (let minutes = 0; running.some(({ outcome }) => outcome === undefined); minutes += 1) {
    for (const release of running) release.proceed(minutes);
    await minute();
    for (const release of running) release.watch();
  }
  return new Map(running.flatMap(({ name, outcome }) => (outcome === undefined ? [] : [[name, outcome]])));
}

type ReleasedFunction = CloudResource & {
  readonly group: { readonly configuration: string; readonly alarms: readonly string[] } | undefined;
};

/** Functions, each with the deployment group of its alias. */
function functionsIn(resources: readonly CloudResource[]): ReleasedFunction[] {
  const groups = new Map(
    resources.filter(({ type }) => type === 'AWS::CodeDeploy::DeploymentGroup').map((group) => [group.name, group]),
  );
  const groupOf = new Map(
    resources
      .filter(({ type }) => type === 'AWS::Lambda::Alias')
      .map((alias) => [String(alias.properties['FunctionName']), groups.get(groupNameIn(alias))]),
  );
  return resources
    .filter(({ type }) => type === 'AWS::Lambda::Function')
    .map((each) => {
      const group = groupOf.get(each.name);
      return {
        ...each,
        group: group && { configuration: textIn(group, 'DeploymentConfigName'), alarms: alarmsIn(group) },
      };
    });
}

const isReleased = ({ group }: ReleasedFunction): boolean => group !== undefined;

const textIn = ({ properties }: CloudResource, name: string): string => String(properties[name]);

function groupNameIn({ updatePolicy }: CloudResource): string {
  const update = isObject(updatePolicy) ? updatePolicy['CodeDeployLambdaAliasUpdate'] : undefined;
  return isObject(update) ? String(update['DeploymentGroupName']) : '';
}

function alarmsIn({ properties }: CloudResource): string[] {
  const { Alarms = [] } = properties['AlarmConfiguration'] as {
    readonly Alarms?: readonly { readonly Name: string }[];
  };
  return Alarms.map(({ Name }) => Name);
}

/** Key of a function's code among the assets. */
export const codeKeyOf = ({ properties }: Pick<CloudResource, 'properties'>): string =>
  (properties['Code'] as { readonly S3Key?: string } | undefined)?.S3Key ?? '';

/**
 * Share of the requests of the new version after some minutes.
 * @see https://docs.aws.amazon.com/codedeploy/latest/userguide/deployment-configurations.html
 */
function shareAt(configuration: string, minutes: number): number {
  const [, percent, every] =
    /^CodeDeployDefault\.Lambda(?:Canary|Linear)(\d+)Percent(?:Every)?(\d+)Minutes?$/.exec(configuration) ?? [];
  if (percent === undefined) throw new LocalCloudError(`The local cloud does not know the releases ${configuration}.`);
  const steps = Math.floor(minutes / Number(every));
  if (configuration.includes('Canary')) return steps === 0 ? Number(percent) / 100 : 1;
  return Math.min(1, ((steps + 1) * Number(percent)) / 100);
}

/** The release of one function. */
class RunningRelease {
  readonly name: string;
  outcome: Release | undefined;
  readonly #version: string;
  readonly #configuration: string;
  readonly #versions: FunctionVersions;
  readonly #alarms: readonly CloudResource[];
  readonly #log: string;
  #read: number;
  #failures = 0;
  /** Values of each minute. */
  readonly #minutes: (readonly MetricValue[])[] = [];

  constructor(released: ReleasedFunction, functions: Functions, { resources, assets }: ReturnType<ReadAssembly>) {
    const { name, group } = released;
    this.name = name;
    this.#configuration = group?.configuration ?? '';
    this.#versions = functions.versionsOf(name);
    this.#version = this.#versions.nextVersion;
    this.#alarms = (group?.alarms ?? []).map((watched) => {
      const alarm = resources.find((each) => each.type === 'AWS::CloudWatch::Alarm' && each.name === watched);
      if (alarm === undefined) throw new LocalCloudError(`No stack declares the alarm ${watched}.`);
      return alarm;
    });
    this.#log = functions.logOf(name);
    this.#read = statSync(this.#log, { throwIfNoEntry: false })?.size ?? 0;
    const key = codeKeyOf(released);
    this.#versions.publish({ key, folder: assets.get(key) ?? '' });
  }

  /** Moves as many requests as the new version has after these minutes. */
  proceed(minutes: number): void {
    if (this.outcome !== undefined) return;
    const share = shareAt(this.#configuration, minutes);
    this.#versions.shift(share);
    if (share === 1) this.outcome = { version: this.#version, status: 'Succeeded' };
  }

  /** Moves all requests back if an alarm is raised by what the last minutes measured. */
  watch(): void {
    if (this.outcome !== undefined) return;
    this.#minutes.push([...this.#logged(), ...this.#crashes()]);
    const alarm = this.#alarms.find((each) => isRaised(each, this.#minutes));
    if (alarm === undefined) return;
    this.#versions.moveBack();
    this.outcome = { version: this.#version, status: 'Stopped', alarm: alarm.name };
  }

  /** Metrics in the lines that the function has logged since the last minute. */
  #logged(): MetricValue[] {
    if (statSync(this.#log, { throwIfNoEntry: false }) === undefined) return [];
    const lines = readFileSync(this.#log).subarray(this.#read);
    this.#read += lines.length;
    return metricsIn(lines.toString());
  }

  /** What Lambda counts of an alias that has two versions. */
  #crashes(): MetricValue[] {
    const failures = this.#versions.failuresOf(this.#version);
    const value = failures - this.#failures;
    this.#failures = failures;
    const dimensions = { FunctionName: this.name, Resource: `${this.name}:live`, ExecutedVersion: this.#version };
    return [{ namespace: 'AWS/Lambda', metric: 'Errors', dimensions, value }];
  }
}
