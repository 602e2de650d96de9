// A certified OpenID Connect provider on loopback for the tests: whoever is named at /_test/as is signed in without
// being asked. The ways under /_test/ do what no provider offers: change the keys, sign any claims.
import { createServer } from "node:http";
import { generateKeyPair, exportJWK, SignJWT, importJWK } from "jose";
import { Provider } from "oidc-provider";

const API = "https://api.passerelle.example";
const PEOPLE = {
  marie: { name: "Marie Curie", roles: ["member", "choir"] },
  anne: { name: "Anne", roles: ["staff"] },
  paul: { name: "Paul", roles: ["choir"] },
};
const [callback, signedOut, logout] = process.argv.slice(2);
let who = "marie";
let key, provider, handle;

async function newKey() {
  const { privateKey } = await generateKeyPair("RS256", { extractable: true });
  const kid = `key-${Math.random().toString(36).slice(2)}`;
  return { ...(await exportJWK(privateKey)), kid, alg: "RS256", use: "sig" };
}

async function renew(issuer) {
  key = await newKey();
  provider = new Provider(issuer, {
    jwks: { keys: [key] },
    clients: [
      {
        client_id: "passerelle",
        client_secret: "a secret: with / signs, 100% + more",
        redirect_uris: [callback],
        post_logout_redirect_uris: [signedOut],
        grant_types: ["authorization_code", "refresh_token"],
        backchannel_logout_uri: logout,
        backchannel_logout_session_required: true,
      },
      {
        client_id: "tool",
        client_secret: "tool",
        redirect_uris: [],
        response_types: [],
        grant_types: ["client_credentials"],
      },
    ],
    cookies: { keys: ["test"] },
    fetch: (url, options) => fetch(url, { ...options, dispatcher: undefined }), // its own refuses loopback addresses
    claims: { openid: ["sub"], profile: ["name"], roles: ["roles"] },
    findAccount: (ctx, id) => PEOPLE[id] && { accountId: id, claims: () => ({ sub: id, ...PEOPLE[id] }) },
    issueRefreshToken: (ctx, client) => client.grantTypeAllowed("refresh_token"),
    extraTokenClaims: () => ({ roles: ["member"] }),
    interactions: { url: (ctx, interaction) => `/_test/interaction/${interaction.uid}` },
    ttl: { AccessToken: 600, ClientCredentials: 600, Grant: 600, Session: 600, Interaction: 600, IdToken: 600, RefreshToken: 600 },
    pkce: { required: () => true },
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      backchannelLogout: { enabled: true },
      rpInitiatedLogout: {
        logoutSource: (ctx, form) => {
          ctx.body = `<!doctype html>${form}<button form="op.logoutForm" name="logout" value="yes">Out</button>`;
        },
      },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => undefined,
        getResourceServerInfo: (ctx, resource) => ({ scope: "read", audience: resource, accessTokenFormat: "jwt" }),
        useGrantedResource: () => true,
      },
    },
  });
  handle = provider.callback();
}

async function interact(request, response) {
  const { prompt, params, session } = await provider.interactionDetails(request, response);
  const result = { login: { accountId: who } };
  if (prompt.name === "consent") {
    const grant = new provider.Grant({ accountId: session.accountId, clientId: params.client_id });
    grant.addOIDCScope(params.scope);
    result.consent = { grantId: await grant.save() };
  }
  await provider.interactionFinished(request, response, result, { mergeWithLastSubmission: true });
}

async function sign(request) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const { claims, header } = JSON.parse(Buffer.concat(chunks).toString());
  return new SignJWT(claims).setProtectedHeader({ alg: "RS256", kid: key.kid, ...header }).sign(await importJWK(key));
}

const server = createServer(async (request, response) => {
  const url = new URL(request.url, "http://127.0.0.1");
  if (url.pathname === "/_test/as") {
    who = url.searchParams.get("who");
    response.end("ok");
  } else if (url.pathname === "/_test/roles") {
    const roles = url.searchParams.get("roles");
    if (roles === "gone") delete PEOPLE[url.searchParams.get("who")];
    else PEOPLE[url.searchParams.get("who")] = { name: url.searchParams.get("who"), roles: roles.split(",") };
    response.end("ok");
  } else if (url.pathname === "/_test/rotate") {
    await renew(`http://127.0.0.1:${server.address().port}`);
    response.end("ok");
  } else if (url.pathname === "/_test/sign") {
    response.end(await sign(request));
  } else if (url.pathname.startsWith("/_test/interaction/")) {
    await interact(request, response);
  } else {
    handle(request, response);
  }
});
server.listen(0, "127.0.0.1", async () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  await renew(issuer);
  console.log(JSON.stringify({ issuer, api: API }));
});
process.stdin.on("end", () => process.exit(0)).resume(); // ends with whoever started it
