import {
  GetSecretValueCommand,
  PutSecretValueCommand,
  ResourceExistsException,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { secretVariable, type SecretName } from '../contract/effects.ts';

/** The secrets that a function's contract names. */
export type Secrets<N extends SecretName = SecretName> = {
  /** The present value, or that of a version. @throws what the store throws, also when there is none. */
  readonly read: (secret: N, version?: string) => Promise<string>;
  /**
   * Stores a version unless there is one of that name, and answers the value that counts: whoever comes
   * first decides it for all. A version's name has 32–64 characters.
   */
  readonly putOnce: (secret: N, version: string, value: string) => Promise<string>;
};

/** Secrets Manager, by the names that the function's environment gives. */
export function secretsFromEnvironment(
  environment: NodeJS.ProcessEnv = process.env,
  client = new SecretsManagerClient({ maxAttempts: 4 }),
): Secrets {
  const nameOf = (secret: SecretName): string => environment[secretVariable(secret)] ?? '';

  const read = async (secret: SecretName, version?: string): Promise<string> => {
    const { SecretString } = await client.send(
      new GetSecretValueCommand({ SecretId: nameOf(secret), ...(version === undefined ? {} : { VersionId: version }) }),
    );
    if (SecretString === undefined) throw new Error(`the secret ${secret} holds no text`);
    return SecretString;
  };

  return {
    read,
    putOnce: async (secret, version, value) => {
      try {
        // The request token becomes the version's id (Secrets Manager API Reference, PutSecretValue).
        await client.send(
          new PutSecretValueCommand({ SecretId: nameOf(secret), ClientRequestToken: version, SecretString: value }),
        );
        return value;
      } catch (error) {
        if (!(error instanceof ResourceExistsException)) throw error;
        return read(secret, version);
      }
    },
  };
}
