import * as z from 'zod';
import { AppError, errorKinds, invalid } from '#errors.ts';
import { JsonObject } from '#schema/json.ts';
import { second } from '#schema/time.ts';

/** Temporary tokens (functions/accounts/auth/README.md, "Temporary tokens"). */

export const temporaryTokenErrors = errorKinds({
  INVALID_PURPOSE: [400, '`purpose` must match `^[a-z][a-z0-9_]{1,63}$`.'],
  SCOPE_EXCEEDS: [422, 'A requested scope exceeds those of the caller; `details` lists them.'],
});

const defaultTtl = 300;
const maxPurpose = 64;
const purposeForm = /^[a-z][a-z0-9_]{1,63}$/;
/** Live tokens of one user. */
export const maxLive = 1_000;

/** The purpose whose metadata limits uploads. */
const uploadPurpose = 'file_upload';

/** Body of `POST /tempauth`. */
export const NewTemporaryToken = z
  .object({
    purpose: z
      .string()
      .max(1_000)
      .describe(
        'What the token is for: 2–64 characters of a-z 0-9 _. `file_upload`, `device_provision` and ' +
          '`report_download` have default scopes of their own',
      ),
    scope: z
      .union([z.string().max(1_000), z.array(z.string().max(64)).max(50)], 'must be a text or a list of texts')
      .optional()
      .describe(
        "Part of the caller's scopes, as a list or separated by commas or blanks. Default, as far as the caller " +
          'has them: `file_upload` files:write; `device_provision` telephony:read; `report_download` cdr:read, ' +
          'billing:read, files:read; other purposes all `:read` scopes',
      ),
    ttl: z
      .int()
      .min(10)
      .max(3_600)
      .optional()
      .describe('Seconds; default 300. The token never outlives the session or key that made it'),
    single_use: z
      .boolean()
      .optional()
      .describe(
        'Whether the first request uses the token up, even one that fails. Of simultaneous requests one passes, ' +
          'the others are 401',
      ),
    metadata: JsonObject({ bytes: 4_096, depth: 10 })
      .optional()
      .describe(
        'Up to 4 KiB, answered and not stored. Of a `file_upload`, `max_file_size` (bytes) and `allowed_types` ' +
          '(`audio/wav`, `audio/*`) limit `PUT /files/{id}`',
      ),
  })
  .meta({ id: 'NewTemporaryToken' });
export type NewTemporaryToken = z.output<typeof NewTemporaryToken>;

/** Rights of the caller: the most that its tokens may have. */
type Rights<Scope extends string> = {
  readonly scopes: ReadonlySet<Scope>;
  readonly ownOnly: ReadonlySet<Scope>;
  readonly reach: 'own' | 'children' | 'all';
};

/** Scopes of a purpose, before those that the caller lacks are left out. */
const scopesOfPurpose: Readonly<Record<string, readonly string[]>> = {
  [uploadPurpose]: ['files:write'],
  device_provision: ['telephony:read'],
  report_download: ['cdr:read', 'billing:read', 'files:read'],
};

/** @throws AppError INVALID_PURPOSE */
function assertPurpose(purpose: string): void {
  if (!purposeForm.test(purpose))
    throw new AppError(
      temporaryTokenErrors.INVALID_PURPOSE,
      `purpose must have 2 to ${maxPurpose} characters of a-z 0-9 _`,
      {
        details: [{ path: 'purpose', message: `must match ${purposeForm.source}` }],
      },
    );
}

/** The scopes of a token, in the order of the caller's. @throws AppError SCOPE_EXCEEDS */
function scopesOf<Scope extends string>({ purpose, scope }: NewTemporaryToken, { scopes }: Rights<Scope>): Scope[] {
  const held = [...scopes];
  if (scope === undefined) {
    const standard = Object.hasOwn(scopesOfPurpose, purpose) ? scopesOfPurpose[purpose] : undefined;
    return held.filter((each) => standard?.includes(each) ?? each.endsWith(':read'));
  }
  const wanted = (typeof scope === 'string' ? scope.split(/[\s,]+/) : scope).filter((each) => each !== '');
  const beyond = wanted.filter((each) => !held.some((mine) => mine === each));
  if (beyond.length > 0)
    throw new AppError(
      temporaryTokenErrors.SCOPE_EXCEEDS,
      `You do not have these scopes yourself: ${beyond.join(', ')}`,
      {
        details: beyond.map((each) => ({ path: 'scope', message: `you do not have ${each} yourself` })),
      },
    );
  return held.filter((each) => wanted.includes(each));
}

const ContentType = z
  .string()
  .trim()
  .toLowerCase()
  .regex(/^[a-z0-9!#$&^_.+-]{1,64}\/(?:\*|[a-z0-9!#$&^_.+-]{1,64})$/, 'must be a content type such as audio/wav');

const UploadMetadata = z.object({
  max_file_size: z.int().min(1).optional(),
  allowed_types: z.array(ContentType).min(1).max(50).optional(),
});

/** The limits of uploads; undefined: none. @throws AppError VALIDATION_FAILED */
function uploadLimits({ purpose, metadata }: NewTemporaryToken) {
  if (purpose !== uploadPurpose || metadata === undefined) return undefined;
  const parsed = UploadMetadata.safeParse(metadata);
  if (!parsed.success) {
    const [{ path, message } = { path: [], message: '' }] = parsed.error.issues;
    throw invalid(['metadata', ...path].join('.'), message);
  }
  const { max_file_size, allowed_types } = parsed.data;
  if (max_file_size === undefined && allowed_types === undefined) return undefined;
  return {
    ...(max_file_size === undefined ? {} : { max_file_size }),
    ...(allowed_types === undefined ? {} : { allowed_types }),
  };
}

type Maker<Scope extends string> = Rights<Scope> & {
  readonly id: string;
  readonly organization: number;
  readonly sessionEpoch: number;
  readonly credential: {
    readonly kind: 'session' | 'accesskey' | 'temporary' | 'pending';
    readonly id: string;
    /** Unix seconds. */
    readonly expiresAt: number;
  };
};

/**
 * A token as it is first stored. @param hash of the token
 * @throws AppError INVALID_PURPOSE, SCOPE_EXCEEDS, VALIDATION_FAILED
 */
export function newToken<Scope extends string>(
  wanted: NewTemporaryToken,
  maker: Maker<Scope>,
  { hash, now }: { readonly hash: string; readonly now: Date },
) {
  assertPurpose(wanted.purpose);
  const { credential } = maker;
  const scopes = scopesOf(wanted, maker);
  const upload = uploadLimits(wanted);
  const end = Math.floor(now.getTime() / second) + (wanted.ttl ?? defaultTtl);
  return {
    hash,
    org_id: maker.organization,
    user_id: maker.id,
    purpose: wanted.purpose,
    scopes,
    own_only: scopes.filter((scope) => maker.ownOnly.has(scope)),
    reach: maker.reach,
    single_use: wanted.single_use ?? false,
    ...(upload === undefined ? {} : { upload }),
    parent: {
      kind: credential.kind === 'accesskey' ? ('accesskey' as const) : ('session' as const),
      id: credential.id,
    },
    session_epoch: maker.sessionEpoch,
    created_at: now.toISOString(),
    expires_at: Math.min(end, credential.expiresAt),
  };
}

type Token = {
  readonly org_id: number;
  readonly user_id: string;
  readonly purpose: string;
  readonly scopes: readonly string[];
  readonly single_use: boolean;
  readonly expires_at: number;
};

/** A new token as answered. @param token `tmp_…`, shown this once */
export const presentToken = (stored: Token, token: string, metadata: NewTemporaryToken['metadata']) => ({
  temp_token: token,
  expires_at: new Date(stored.expires_at * second).toISOString(),
  purpose: stored.purpose,
  scope: stored.scopes.join(','),
  single_use: stored.single_use,
  metadata: metadata ?? {},
  created_by: { user_id: stored.user_id, org_id: stored.org_id },
});

/** The audit event of a new token. */
export const createdEvent = ({ user_id: id, purpose, scopes, single_use, expires_at }: Token) => ({
  entity: { type: 'user', id },
  description: `Temporary token for ${purpose} created`,
  fields: { purpose, scopes, single_use, expires_at: new Date(expires_at * second).toISOString() },
});

type Live = { readonly single_use: boolean; readonly expires_at: number };

/** @param live the caller's tokens that neither expired nor were used, by expiry @throws AppError RATE_LIMITED */
export function assertRoom(live: readonly Live[], now: Date): void {
  if (live.length < maxLive) return;
  throw new AppError('RATE_LIMITED', `A user has at most ${maxLive} live temporary tokens`, {
    retryAfter: Math.max(1, Math.ceil((live[0]?.expires_at ?? 0) - now.getTime() / second)),
  });
}
