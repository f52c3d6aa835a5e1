/** Accepted bodies by operation id. */
export const examples = {
  createTemporaryToken: {
    purpose: 'file_upload',
    ttl: 600,
    single_use: true,
    metadata: { max_file_size: 1_048_576, allowed_types: ['audio/wav'] },
  },
};
