/**
 * A CloudFormation resource whose intrinsic functions have been resolved
 * (`Ref`, `Fn::GetAtt`, `Fn::Sub`, `Fn::Join`, …), as the local cloud's interpreters receive it.
 */
export type CloudResource = {
  /** Name of the stack whose template declares it. */
  readonly stack: string;
  readonly logicalId: string;
  /** For example `AWS::SQS::Queue`. */
  readonly type: string;
  /** Physical name: the one that the template fixes, else `<stack>-<logicalId>`. */
  readonly name: string;
  readonly arn: string;
  readonly properties: Readonly<Record<string, unknown>>;
  /** How CloudFormation updates it, if the template says it. */
  readonly updatePolicy?: unknown;
};

/** Whether a value of a template is neither a list nor a plain value. */
export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** CloudFormation's pseudo parameters on one machine. */
export const pseudoParameters = {
  'AWS::AccountId': '000000000000',
  'AWS::Partition': 'aws',
  'AWS::Region': 'us-east-1',
  'AWS::URLSuffix': 'amazonaws.com',
} as const;

/** A sentence that a person can act on; `npm start` prints it alone and exits with code 1. */
export class LocalCloudError extends Error {
  override name = 'LocalCloudError';
}
