import {
  aws_iam as iam,
  aws_kms as kms,
  aws_sns as sns,
  aws_sns_subscriptions as subscriptions,
  RemovalPolicy,
  Stack,
} from 'aws-cdk-lib';
import { Construct } from 'constructs';
import type { Names } from '../names.ts';
import type { Settings } from '../settings.ts';

/** The topic of alarms, encrypted with a key of its own, as CloudWatch may not use the key that AWS manages for SNS. */
export class AlarmTopic extends Construct {
  readonly topic: sns.Topic;

  constructor(
    scope: Construct,
    id: string,
    { names, settings }: { readonly names: Names; readonly settings: Settings },
  ) {
    super(scope, id);
    const alarms = new iam.ServicePrincipal('cloudwatch.amazonaws.com', {
      conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
    });
    const key = new kms.Key(this, 'Key', {
      description: 'Encrypts alarms in transit',
      enableKeyRotation: true,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    key.grantEncryptDecrypt(alarms);
    this.topic = new sns.Topic(this, 'Topic', {
      topicName: names.function('alarms'),
      masterKey: key,
      enforceSSL: true,
    });
    this.topic.grantPublish(alarms);
    if (settings.alarmEmail !== undefined)
      this.topic.addSubscription(new subscriptions.EmailSubscription(settings.alarmEmail));
  }
}
