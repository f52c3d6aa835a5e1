import { Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { DomainCertificate } from '../constructs/certificate.ts';
import type { Names } from '../names.ts';
import type { Settings } from '../settings.ts';

type DomainProps = StackProps & { readonly settings: Settings; readonly names: Names };

/** What the stacks of SIP and of the API share of a custom domain. */
export class DomainStack extends Stack {
  constructor(scope: Construct, id: string, { settings, names, ...props }: DomainProps) {
    super(scope, id, props);
    new DomainCertificate(this, 'Domain', { settings, names });
  }
}
