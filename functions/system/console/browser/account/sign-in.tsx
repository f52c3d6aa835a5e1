import {
  Alert,
  Anchor,
  Box,
  Button,
  Center,
  Group,
  Paper,
  PasswordInput,
  Stack,
  Text,
  TextInput,
  Title,
} from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useEffect, useState, type SubmitEvent } from 'react';
import { t } from '../texts/texts.ts';
import { api } from '../kit/api.ts';
import { ApiError } from '../kit/api-error.ts';
import { useBrand } from '../kit/brand.ts';
import { BrandMark } from '../kit/brand-mark.tsx';
import { Problem } from '../kit/page.tsx';
import { useSigning } from '../kit/session.tsx';
import { setPageTitle } from '../kit/title.ts';
import { DockedPhone } from '../phone/dock.tsx';
import { CodeInput } from './code-input.tsx';
import { closeLink, useLinkToken, type LinkToken } from './link-token.ts';
import { ForgottenPassword, ResetPassword } from './forgotten-password.tsx';
import { NewPassword } from './new-password.tsx';
import { finishSalesforce, isSalesforceKnown, SalesforceForm } from './salesforce.tsx';
import { TwoFactorSetUp } from './two-factor.tsx';

type Credentials = { readonly username: string; readonly password: string; readonly code: string };

type Answered =
  | { readonly kind: 'signed in'; readonly token: string; readonly user: string }
  /** @param present the password that is to be changed, if a link has brought it */
  | { readonly kind: 'password wanted'; readonly token: string; readonly user: string; readonly present?: string }
  /** The organization requires a second factor, and the person has none yet. */
  | { readonly kind: 'code wanted' | 'set-up wanted'; readonly waiting: string };

/** Seconds that a session lasts. */
const lifetime = 8 * 60 * 60;

/** @param waiting token of a log-in that waits for a code; null: it begins */
const postLogIn = ({ username, password, code }: Credentials, waiting: string | null) =>
  api.POST('/auth/{entity}', {
    params: { path: { entity: 'user' } },
    body: {
      ...(waiting === null ? { username, password } : { session_token: waiting }),
      ...(code === '' ? {} : { totp_code: code }),
      ttl: lifetime,
      client: 'web',
    },
  });

type LogInAnswer = Awaited<ReturnType<typeof postLogIn>>['data'];
type SalesforceAnswer = Awaited<ReturnType<typeof finishSalesforce>>;

function answeredBy(answer: LogInAnswer | SalesforceAnswer): Answered {
  if (answer === undefined) throw new Error('The server answers nothing');
  if (!('data' in answer)) {
    const { requires_2fa_setup: isSetUpDue, session_token: token } = answer;
    return { kind: isSetUpDue === true ? 'set-up wanted' : 'code wanted', waiting: token };
  }
  const { data } = answer;
  if ('salesforce' in data) return { kind: 'signed in', token: data.token, user: data.user.id };
  if (!('token' in data)) throw new Error('The server answers no token of a user');
  const { token, entity } = data;
  return { kind: data.password_change_required ? 'password wanted' : 'signed in', token, user: entity.id };
}

/** What a new person sees first: its own page decides whether there is something to set up. */
const openWelcome = (): void => void (location.hash = '#/welcome');

/** @throws ApiError if the link was used, or is too old */
async function exchange(token: string): Promise<Answered> {
  const response = await fetch('/_local/sign-in', { method: 'POST', headers: { authorization: `Bearer ${token}` } });
  const body: unknown = await response.json().catch(() => null);
  if (!response.ok) throw new ApiError(response.status, null, body);
  // The answer is that of a log-in, with the password if that must be changed.
  const answered = answeredBy(body as LogInAnswer);
  const { data } = body as { readonly data: { readonly present_password?: string } };
  const { present_password: present } = data;
  return answered.kind === 'password wanted' && present !== undefined ? { ...answered, present } : answered;
}

/** @param by link that identifies the person; null: the credentials do */
async function logIn(by: LinkToken | null, post: () => ReturnType<typeof postLogIn>): Promise<Answered> {
  if (by === null) return answeredBy((await post()).data);
  return by.kind === 'salesforce' ? answeredBy(await finishSalesforce(by.token)) : exchange(by.token);
}

type CredentialInputsProps = {
  readonly credentials: Credentials;
  readonly isWaiting: boolean;
  readonly onChange: (part: Partial<Credentials>) => void;
};

function CredentialInputs({ credentials: { username, password, code }, isWaiting, onChange }: CredentialInputsProps) {
  return isWaiting ? (
    <CodeInput autoFocus value={code} onChange={(next) => onChange({ code: next })} />
  ) : (
    <>
      <TextInput
        label={t('Username')}
        autoComplete="username"
        autoFocus
        required
        value={username}
        onChange={({ target }) => onChange({ username: target.value })}
      />
      <PasswordInput
        label={t('Password')}
        autoComplete="current-password"
        required
        value={password}
        onChange={({ target }) => onChange({ password: target.value })}
      />
    </>
  );
}

/** What a person has just set. */
type Known = Pick<Credentials, 'username' | 'password'>;

type SignInFormProps = {
  /** Of the person whose password was set just now, which signs it in; undefined: it is asked for. */
  readonly known: Known | undefined;
  /** A new password is due. @param token of a session that may change it only */
  readonly onPassword: (due: { readonly token: string; readonly user: string; readonly present?: string }) => void;
  /** A second factor is to be set up. @param waiting token of the log-in, which ends with it */
  readonly onSetUp: (waiting: string) => void;
};

function SignInForm({ known, onPassword, onSetUp }: SignInFormProps) {
  const { signIn } = useSigning();
  const link = useLinkToken();
  const [waiting, setWaiting] = useState<string | null>(null);
  const [credentials, setCredentials] = useState<Credentials>({ username: '', password: '', ...known, code: '' });
  const log = useMutation({
    mutationFn: async (by: LinkToken | null) => {
      const answer = await logIn(by, () => postLogIn(credentials, waiting));
      if (answer.kind === 'signed in') {
        if (known !== undefined) openWelcome();
        await signIn(answer.token);
        closeLink();
      }
      return answer;
    },
    onSuccess: (answer) => {
      if (answer.kind === 'code wanted') setWaiting(answer.waiting);
      if (answer.kind === 'password wanted') onPassword(answer);
      if (answer.kind === 'set-up wanted') onSetUp(answer.waiting);
    },
  });
  const { mutate } = log;
  useEffect(() => {
    if (known !== undefined) mutate(null);
    else if (link !== null && link.kind !== 'reset') mutate(link);
  }, [mutate, link, known]);
  const send = (event: SubmitEvent): void => {
    event.preventDefault();
    mutate(null);
  };
  return (
    <form onSubmit={send}>
      <Stack>
        <CredentialInputs
          credentials={credentials}
          isWaiting={waiting !== null}
          onChange={(part) => setCredentials((all) => ({ ...all, ...part }))}
        />
        <Problem error={log.error} />
        <Button type="submit" loading={log.isPending}>
          {waiting === null ? t('Sign in') : t('Continue')}
        </Button>
      </Stack>
    </form>
  );
}

type Step =
  | { readonly kind: 'sign in'; readonly known?: Known }
  | { readonly kind: 'forgotten' | 'salesforce' }
  | { readonly kind: 'reset'; readonly token: string }
  | { readonly kind: 'new password'; readonly token: string; readonly user: string; readonly present?: string }
  | { readonly kind: 'second factor'; readonly waiting: string };

const titles: Readonly<Record<Step['kind'], string>> = {
  'sign in': t('Sign in'),
  forgotten: t('Forgotten password'),
  salesforce: t('Sign in by Salesforce'),
  reset: t('Choose a password'),
  'new password': t('Choose a password'),
  'second factor': t('Set up a second factor'),
};

const begin: Step = { kind: 'sign in' };

type StepProps = { readonly step: Step; readonly onStep: (next: Step) => void };

function StepForm({ step, onStep }: StepProps) {
  const { signIn, signOut } = useSigning();
  switch (step.kind) {
    case 'sign in':
      return (
        <SignInForm
          known={step.known}
          onPassword={(due) => onStep({ ...due, kind: 'new password' })}
          onSetUp={(waiting) => onStep({ kind: 'second factor', waiting })}
        />
      );
    case 'forgotten':
      return <ForgottenPassword />;
    case 'salesforce':
      return <SalesforceForm />;
    case 'reset':
      return (
        <ResetPassword
          token={step.token}
          onDone={(known) => {
            // The person of the link is another one, or its sessions have ended.
            signOut();
            onStep({ kind: 'sign in', known });
          }}
        />
      );
    case 'new password':
      return (
        <NewPassword
          user={step.user}
          token={step.token}
          present={step.present}
          onDone={() => {
            if (step.present === undefined) {
              onStep(begin);
              return;
            }
            openWelcome();
            void signIn(step.token).then(closeLink);
          }}
        />
      );
    case 'second factor':
      return (
        <TwoFactorSetUp
          token={step.waiting}
          onDone={(token) => (token === undefined ? onStep(begin) : void signIn(token).then(closeLink))}
        />
      );
  }
}

/** What else a person may do who does not sign in by this form. */
function OtherWays({ step, onStep }: StepProps) {
  const { support_url: support } = useBrand();
  return (
    <>
      <Box mt="md">
        {step.kind === 'sign in' ? (
          <Group>
            {isSalesforceKnown() && (
              <Anchor component="button" type="button" onClick={() => onStep({ kind: 'salesforce' })}>
                {t('Use Salesforce')}
              </Anchor>
            )}
            <Anchor component="button" type="button" onClick={() => onStep({ kind: 'forgotten' })}>
              {t('Forgotten password')}
            </Anchor>
          </Group>
        ) : (
          <Anchor component="button" type="button" onClick={() => onStep(begin)}>
            {t('Back to the sign-in')}
          </Anchor>
        )}
      </Box>
      <Group mt="sm">
        {support !== null && (
          <Anchor href={support} target="_blank" rel="noreferrer">
            {t('Help')}
          </Anchor>
        )}
        <Anchor href="/documentation">{t('API documentation')}</Anchor>
      </Group>
    </>
  );
}

/** What is seen without a session, and of a link that was opened in a tab with one. */
export function SignInPage() {
  const { isExpired, signedIn } = useSigning();
  const { sign_in_text: text } = useBrand();
  const link = useLinkToken();
  const [step, setStep] = useState<Step>(link?.kind === 'reset' ? { kind: 'reset', token: link.token } : begin);
  useEffect(() => {
    setPageTitle(t('Sign in'));
  }, []);
  return (
    <Center component="main" mih="100dvh" p="md">
      <Paper withBorder p="xl" w={380} maw="100%">
        <Box mb="md">
          <BrandMark height={40} />
        </Box>
        <Title order={1} size="h3" mb="md">
          {titles[step.kind]}
        </Title>
        {text !== null && (
          <Text mb="md" style={{ whiteSpace: 'pre-line', overflowWrap: 'anywhere' }}>
            {text}
          </Text>
        )}
        {step.kind === 'sign in' && step.known !== undefined && (
          <Alert role="status" color="green" mb="md">
            {t('The password is set.')}
          </Alert>
        )}
        {isExpired && step.kind === 'sign in' && (
          <Alert role="status" color="yellow" mb="md">
            {t('Your session has ended. Sign in again to go on where you were.')}
          </Alert>
        )}
        <StepForm step={step} onStep={setStep} />
        {signedIn !== null && (
          <Text mt="md">
            <Anchor component="button" type="button" onClick={closeLink}>
              {t('Back to the console, as {name}', { name: signedIn.session.username })}
            </Anchor>
          </Text>
        )}
        <OtherWays step={step} onStep={setStep} />
        <DockedPhone />
      </Paper>
    </Center>
  );
}
