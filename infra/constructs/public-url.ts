import { aws_ssm as ssm, Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { Names } from '../names.ts';
import type { Settings } from '../settings.ts';

/** The parameter of Systems Manager that has the id of the API. */
export const apiParameter = (names: Names): string => names.parameter('api/id');

/**
 * The URL under which clients reach the API: that of the settings, or else the one that AWS generates. The stack of the
 * API is created before all that name it, so a stage without a domain needs no second deployment.
 */
export function publicUrlIn(scope: Construct, { publicUrl }: Settings, names: Names): string {
  if (publicUrl !== undefined) return publicUrl;
  const { region, urlSuffix } = Stack.of(scope);
  const id = ssm.StringParameter.valueForStringParameter(scope, apiParameter(names));
  return `https://${id}.execute-api.${region}.${urlSuffix}`;
}
