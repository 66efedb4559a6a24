// An identity provider for tests: the certified oidc-provider with its own log-in and consent pages, new keys at each
// start, everything in memory. Whoever types a name is that person.
//   node provider.mjs '{"port": 4000, "issuer": "http://localhost:4000", "clients": [{...}]}'
// Says "ready" when it answers.
import { createHash, generateKeyPairSync, randomBytes } from 'node:crypto';

import { Provider } from 'oidc-provider';

const { port, issuer, clients } = JSON.parse(process.argv[2]);

function signingKey(type, options, alg) {
  const key = generateKeyPairSync(type, options).privateKey.export({ format: 'jwk' });
  return { ...key, alg, use: 'sig', kid: createHash('sha256').update(JSON.stringify(key)).digest('base64url') };
}

const provider = new Provider(issuer, {
  clients,
  jwks: {
    keys: [
      signingKey('rsa', { modulusLength: 2048 }, 'RS256'),
      signingKey('ec', { namedCurve: 'P-256' }, 'ES256'),
    ],
  },
  cookies: { keys: [randomBytes(32).toString('hex')] },
  findAccount: (_ctx, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
  acrValues: ['two-factors'],
  claims: { openid: ['sub', 'acr', 'amr'] },
  pkce: { required: () => true },
});

// Who types "Nora with a phone" is Nora, asked for two factors.
const finish = provider.interactionFinished.bind(provider);
provider.interactionFinished = (req, res, result, options) => {
  const [who, phone] = (result.login?.accountId ?? '').split(' with a ');
  const login = phone ? { accountId: who, amr: ['pwd', 'otp', 'mfa'], acr: 'two-factors' } : result.login;
  return finish(req, res, login ? { ...result, login } : result, options);
};

provider.listen(port, '127.0.0.1', () => process.stdout.write('ready\n'));
