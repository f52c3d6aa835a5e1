import { aws_logs as logs, RemovalPolicy } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { Settings } from '../settings.ts';

type Logged = { readonly settings: Settings; readonly logGroupName: string };

/**
 * The log group of a function, of tasks or of the API. Its lines outlive the stage: they say what was done, and for
 * whom. Only a stage whose data do not stay takes them along.
 */
export const logGroupOf = (scope: Construct, id: string, { settings, logGroupName }: Logged): logs.LogGroup =>
  new logs.LogGroup(scope, id, {
    logGroupName,
    retention: settings.logRetentionDays,
    removalPolicy: settings.ephemeral ? RemovalPolicy.DESTROY : RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
  });
