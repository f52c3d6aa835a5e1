import { Token } from 'aws-cdk-lib';

/** A value that is known at deployment only, as cdk-nag writes it. */
export const named = (value: string, name: string): string => (Token.isUnresolved(value) ? `<AWS::${name}>` : value);
