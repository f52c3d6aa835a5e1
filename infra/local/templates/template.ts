import { isObject, LocalCloudError, pseudoParameters, type CloudResource } from './resource.ts';
import { describeType, isInterpreted, type ResourceIdentity, type VersionOf } from './resource-types.ts';

/** The interpreted part of a CloudFormation template. */
export type Template = {
  readonly Parameters?: Readonly<Record<string, { readonly Type: string; readonly Default?: unknown }>>;
  readonly Conditions?: unknown;
  readonly Resources?: Readonly<Record<string, TemplateResource>>;
  readonly Outputs?: Readonly<Record<string, { readonly Value: unknown }>>;
};
type TemplateResource = {
  readonly Type: string;
  readonly Properties?: Readonly<Record<string, unknown>>;
  readonly UpdatePolicy?: Readonly<Record<string, unknown>>;
};

/** All stacks of an app with every intrinsic function resolved. */
export type ResolvedStacks = {
  /** The resources that have an effect on one machine. */
  readonly resources: readonly CloudResource[];
  /** Stack name → output name → value, as `cdk deploy --outputs-file` writes it. */
  readonly outputs: Readonly<Record<string, Readonly<Record<string, string>>>>;
};

/** Whether an object with only this key is an intrinsic function. */
const isIntrinsic = (key: string): boolean => key === 'Ref' || key.startsWith('Fn::');

/**
 * Resolves the templates of all stacks together.
 *
 * @param templates stack name → template
 * @param versionOf of the versions that the templates publish; by default each is the first
 * @throws LocalCloudError naming an unknown resource type, intrinsic function or reference. `Fn::ImportValue` is
 * unknown, as stacks refer to each other by fixed names; so are conditions, as the app is synthesized for one stage.
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference.html
 */
export function resolveTemplates(
  templates: ReadonlyMap<string, Template>,
  versionOf: VersionOf = () => '1',
): ResolvedStacks {
  const parameterOf = (name: string): string => {
    for (const stack of stacks) {
      const value = stack.parameter(name);
      if (value !== undefined) return value;
    }
    throw new LocalCloudError(`No stack declares the parameter ${name}.`);
  };
  const outputOf = (name: string, output: string): string => {
    const value = stacks.find((stack) => stack.name === name)?.output(output);
    if (value === undefined) throw new LocalCloudError(`No stack ${name} has the output ${output}.`);
    return value;
  };
  const stacks = [...templates].map(
    ([name, template]) => new Stack(name, template, { parameterOf, outputOf, versionOf }),
  );
  return {
    resources: stacks.flatMap((stack) => stack.resources()),
    outputs: Object.fromEntries(stacks.map((stack) => [stack.name, stack.outputs()])),
  };
}

/** What a stack reads beside its template. */
type Others = {
  /** The value of a parameter of Systems Manager that any stack declares. */
  readonly parameterOf: (name: string) => string;
  readonly outputOf: (stack: string, output: string) => string;
  readonly versionOf: VersionOf;
};

/** One stack: the scope in which references are looked up. */
class Stack {
  readonly name: string;
  readonly #template: Template;
  readonly #others: Others;

  readonly #intrinsics: Readonly<Record<string, (operand: unknown) => unknown>> = {
    Ref: (operand) => this.#reference(this.#text(operand)),
    'Fn::GetAtt': (operand) => this.#attribute(typeof operand === 'string' ? operand : this.#texts(operand).join('.')),
    'Fn::Sub': (operand) =>
      this.#text(operand).replaceAll(/\$\{([^}]+)\}/g, (_, name: string) =>
        this.#text(name.includes('.') ? this.#attribute(name) : this.#reference(name)),
      ),
    'Fn::GetStackOutput': (operand) => {
      const { StackName, OutputName } = isObject(operand) ? operand : {};
      return this.#others.outputOf(this.#text(StackName), this.#text(OutputName));
    },
    'Fn::Join': (operand) => this.#texts(this.#list(operand)[1]).join(this.#text(this.#list(operand)[0])),
  };

  constructor(name: string, template: Template, others: Others) {
    this.name = name;
    this.#template = template;
    this.#others = others;
    if (template.Conditions !== undefined)
      throw new LocalCloudError(`Stack ${name} has Conditions, which the local cloud does not resolve.`);
  }

  resources(): CloudResource[] {
    return Object.entries(this.#template.Resources ?? {}).flatMap(([logicalId, resource]) => {
      const identity = this.#identify(logicalId);
      const arn = describeType(resource.Type, `${logicalId} of stack ${this.name}`).arn;
      if (!isInterpreted(resource.Type)) return [];
      const properties = this.resolve(resource.Properties ?? {});
      if (!isObject(properties)) throw new LocalCloudError(`${logicalId} of stack ${this.name} has no properties.`);
      const { UpdatePolicy } = resource;
      const updatePolicy = UpdatePolicy === undefined ? {} : { updatePolicy: this.resolve(UpdatePolicy) };
      const { type, name } = identity;
      return [{ stack: this.name, logicalId, type, name, arn: arn(identity), properties, ...updatePolicy }];
    });
  }

  outputs(): Record<string, string> {
    return Object.fromEntries(
      Object.entries(this.#template.Outputs ?? {}).map(([key, output]) => [key, this.#text(output.Value)]),
    );
  }

  /** The value of an output, if this stack has it. */
  output(name: string): string | undefined {
    const declared = this.#template.Outputs?.[name];
    return declared && this.#text(declared.Value);
  }

  /** The value of the parameter of that name in Systems Manager, if this stack declares it. */
  parameter(name: string): string | undefined {
    const declared = Object.values(this.#template.Resources ?? {}).find(
      ({ Type, Properties }) => Type === 'AWS::SSM::Parameter' && Properties?.['Name'] === name,
    );
    return declared && this.#text(declared.Properties?.['Value']);
  }

  resolve(value: unknown): unknown {
    if (Array.isArray(value)) return value.map((entry) => this.resolve(entry));
    if (!isObject(value)) return value;
    const entries = Object.entries(value);
    const [only] = entries;
    if (only && entries.length === 1 && isIntrinsic(only[0])) return this.#intrinsic(...only);
    return Object.fromEntries(entries.map(([key, entry]) => [key, this.resolve(entry)]));
  }

  #intrinsic(name: string, operand: unknown): unknown {
    const resolve = this.#intrinsics[name];
    if (!resolve) throw new LocalCloudError(`Stack ${this.name} uses ${name}, which the local cloud does not resolve.`);
    return resolve(operand);
  }

  #reference(target: string): unknown {
    if (Object.hasOwn(pseudoParameters, target)) return pseudoParameters[target as keyof typeof pseudoParameters];
    const parameter = this.#template.Parameters?.[target];
    if (parameter?.Default !== undefined)
      return parameter.Type.startsWith('AWS::SSM::Parameter::Value')
        ? this.#others.parameterOf(this.#text(parameter.Default))
        : parameter.Default;
    if (parameter) throw new LocalCloudError(`Parameter ${target} of stack ${this.name} has no default value.`);
    const identity = this.#identify(target);
    const { ref } = describeType(identity.type, `${target} of stack ${this.name}`);
    return ref ? ref(identity) : identity.name;
  }

  /** @param path `<logical id>.<attribute>` */
  #attribute(path: string): string {
    const [logicalId = '', ...rest] = path.split('.');
    const attribute = rest.join('.');
    const identity = this.#identify(logicalId);
    const type = describeType(identity.type, `${logicalId} of stack ${this.name}`);
    if (attribute === 'Arn' || !isInterpreted(identity.type)) return type.arn(identity);
    const describe = type.attributes?.[attribute];
    if (!describe)
      throw new LocalCloudError(
        `Stack ${this.name} uses the attribute ${attribute} of ${logicalId} (${identity.type}), ` +
          'which the local cloud does not know.',
      );
    return describe(identity);
  }

  #identify(logicalId: string): ResourceIdentity {
    const resource = this.#template.Resources?.[logicalId];
    if (!resource) throw new LocalCloudError(`Stack ${this.name} refers to ${logicalId}, which it does not declare.`);
    const property = (key: string): string => this.#text(resource.Properties?.[key]);
    const { nameProperty } = describeType(resource.Type, `${logicalId} of stack ${this.name}`);
    const named = nameProperty !== undefined && resource.Properties?.[nameProperty] !== undefined;
    return {
      stack: this.name,
      logicalId,
      type: resource.Type,
      name: named ? property(nameProperty) : `${this.name}-${logicalId}`,
      property,
      versionOf: this.#others.versionOf,
    };
  }

  #text(value: unknown): string {
    const resolved = this.resolve(value);
    if (typeof resolved === 'string' || typeof resolved === 'number' || typeof resolved === 'boolean')
      return String(resolved);
    throw new LocalCloudError(`Stack ${this.name} has ${JSON.stringify(value)} where a string is needed.`);
  }

  #list(value: unknown): readonly unknown[] {
    const resolved = this.resolve(value);
    if (Array.isArray(resolved)) return resolved;
    throw new LocalCloudError(`Stack ${this.name} has ${JSON.stringify(value)} where a list is needed.`);
  }

  #texts(value: unknown): string[] {
    return this.#list(value).map((part) => this.#text(part));
  }
}
