import { aws_sns as sns, aws_ssm as ssm, Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { backupWatch, certificateWatch, reputationWatches } from '../constructs/account-watches.ts';
import { alarmTopicName } from '../constructs/alarm-topic.ts';
import { balancerWatches } from '../constructs/balancer-watches.ts';
import { certificateArnIn, hasCertificate } from '../constructs/certificate.ts';
import { apiParameter } from '../constructs/public-url.ts';
import { raiseObjectives } from '../constructs/objectives.ts';
import { raise, type Watch } from '../constructs/watch.ts';
import type { Names } from '../names.ts';
import type { Settings } from '../settings.ts';

type ObjectivesProps = StackProps & { readonly settings: Settings; readonly names: Names };

/**
 * Alarms on the objectives of the stage, and on what AWS does for it beside its functions, queues and tasks. They
 * publish to the topic of the operations stack, which has no room for them in a product of 600 endpoints.
 */
export class ObjectivesStack extends Stack {
  constructor(scope: Construct, id: string, { settings, names, ...props }: ObjectivesProps) {
    super(scope, id, props);
    const topic = sns.Topic.fromTopicArn(
      this,
      'Alarms',
      this.formatArn({ service: 'sns', resource: alarmTopicName(names) }),
    );
    const watches: readonly Watch[] = [
      ...balancerWatches(this, names, settings),
      ...(settings.ephemeral ? [] : [backupWatch(names)]),
      ...(hasCertificate(settings) ? [certificateWatch(certificateArnIn(this, settings, names))] : []),
      ...reputationWatches,
    ];
    const apiId = ssm.StringParameter.valueForStringParameter(this, apiParameter(names));
    for (const watch of watches) raise(this, watch, { names, topic });
    raiseObjectives(this, { names, topic, apiId });
  }
}
