import { LocalCloudError, type CloudResource } from '../templates/resource.ts';

type PolicyDocument = { readonly Statement?: readonly unknown[] };
type RoleProperties = { readonly Policies?: readonly { readonly PolicyDocument?: PolicyDocument }[] };
/** The ARN of the role of a function or of a task. */
export const roleArnOf = ({ properties }: CloudResource): string =>
  String(properties['Role'] ?? properties['TaskRoleArn']);

type PolicyProperties = { readonly Roles?: readonly string[]; readonly PolicyDocument?: PolicyDocument };

/**
 * Collects the permissions of a function's role: the role's own policies and those attached to it. AWS's managed
 * policies are skipped: those in use permit logging only.
 *
 * @returns the statements of a function's role by the function's name, intrinsics resolved
 */
export function rolePolicies(resources: readonly CloudResource[]): (functionName: string) => readonly unknown[] {
  const ofType = (...types: string[]): CloudResource[] => resources.filter(({ type }) => types.includes(type));
  const roles = new Map(ofType('AWS::IAM::Role').map((role) => [role.arn, role]));
  const attached = ofType('AWS::IAM::Policy').map(({ properties }) => properties as PolicyProperties);
  const functions = new Map(
    ofType('AWS::Lambda::Function', 'AWS::ECS::TaskDefinition').map((each) => [each.name, roleArnOf(each)]),
  );
  return (functionName) => {
    const role = roles.get(functions.get(functionName) ?? '');
    if (!role) throw new LocalCloudError(`The role of the function ${functionName} is not in the templates.`);
    const inline = (role.properties as RoleProperties).Policies ?? [];
    return [...inline, ...attached.filter(({ Roles = [] }) => Roles.includes(role.name))].flatMap(
      ({ PolicyDocument }) => PolicyDocument?.Statement ?? [],
    );
  };
}
