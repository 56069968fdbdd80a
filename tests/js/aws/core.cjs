// @aws-sdk/client-kms over the core operations, done and refused.
//
//     core.cjs SETTINGS
"use strict";

const assert = require("node:assert/strict");
const { createPublicKey, verify } = require("node:crypto");
const { readFileSync } = require("node:fs");
const kms = require("@aws-sdk/client-kms");

const settings = JSON.parse(readFileSync(process.argv[2], "utf8"));

function client(who) {
  const { id, secret } = settings[who];
  const credentials = { accessKeyId: id, secretAccessKey: secret };
  return new kms.KMSClient({ endpoint: settings.endpoint, region: settings.region, credentials, maxAttempts: 1 });
}

const alice = client("alice");
const bob = client("bob");

async function refused(exception, command, by = alice) {
  await assert.rejects(by.send(command), (error) => {
    assert.equal(error.name, exception.name ?? exception, `${error.name}: ${error.message}`);
    if (typeof exception === "function") assert.ok(error instanceof exception, error.name);
    assert.equal(error.$metadata.httpStatusCode, 400);
    return true;
  });
}

async function keyOf(input = {}) {
  const { KeyMetadata } = await alice.send(new kms.CreateKeyCommand(input));
  assert.ok(KeyMetadata.CreationDate instanceof Date && Date.now() - KeyMetadata.CreationDate < 300_000);
  return KeyMetadata;
}

async function encrypting() {
  const { KeyId, Arn } = await keyOf({ Description: "from JavaScript: é𝄞" });
  const described = await alice.send(new kms.DescribeKeyCommand({ KeyId: Arn }));
  assert.equal(described.KeyMetadata.Description, "from JavaScript: é𝄞");
  const EncryptionContext = { ab: "c", é: "𝄞" };
  for (const Plaintext of [Buffer.from("x"), Buffer.alloc(4_096, 7)]) {
    const sealed = await alice.send(new kms.EncryptCommand({ KeyId, Plaintext, EncryptionContext }));
    assert.equal(sealed.KeyId, Arn);
    const opened = await alice.send(
      new kms.DecryptCommand({ CiphertextBlob: sealed.CiphertextBlob, EncryptionContext }),
    );
    assert.deepEqual(Buffer.from(opened.Plaintext), Plaintext);
    const wrong = new kms.DecryptCommand({
      CiphertextBlob: sealed.CiphertextBlob,
      EncryptionContext: { a: "bc", é: "𝄞" },
    });
    await refused(kms.InvalidCiphertextException, wrong);
    await refused(
      kms.InvalidCiphertextException,
      new kms.DecryptCommand({ CiphertextBlob: sealed.CiphertextBlob, EncryptionContext }),
      bob,
    );
  }
  await refused("ValidationException", new kms.EncryptCommand({ KeyId, Plaintext: Buffer.alloc(4_097) }));
  await refused(
    kms.DryRunOperationException,
    new kms.EncryptCommand({ KeyId, Plaintext: Buffer.from("x"), DryRun: true }),
  );
  await refused(kms.NotFoundException, new kms.EncryptCommand({ KeyId, Plaintext: Buffer.from("x") }), bob);

  const data = await alice.send(new kms.GenerateDataKeyCommand({ KeyId, KeySpec: "AES_256" }));
  const other = await keyOf();
  const moved = await alice.send(
    new kms.ReEncryptCommand({ CiphertextBlob: data.CiphertextBlob, DestinationKeyId: other.KeyId }),
  );
  await refused(kms.IncorrectKeyException, new kms.DecryptCommand({ CiphertextBlob: moved.CiphertextBlob, KeyId }));
  const opened = await alice.send(new kms.DecryptCommand({ CiphertextBlob: moved.CiphertextBlob }));
  assert.deepEqual(opened.Plaintext, data.Plaintext);
  const hidden = await alice.send(new kms.GenerateDataKeyWithoutPlaintextCommand({ KeyId, NumberOfBytes: 48 }));
  assert.equal(
    (await alice.send(new kms.DecryptCommand({ CiphertextBlob: hidden.CiphertextBlob }))).Plaintext.length,
    48,
  );
  assert.equal((await alice.send(new kms.GenerateRandomCommand({ NumberOfBytes: 64 }))).Plaintext.length, 64);
}

async function states() {
  const { KeyId, Arn } = await keyOf();
  const sealed = await alice.send(new kms.EncryptCommand({ KeyId, Plaintext: Buffer.from("before") }));
  await alice.send(new kms.RotateKeyOnDemandCommand({ KeyId }));
  const decrypt = new kms.DecryptCommand({ CiphertextBlob: sealed.CiphertextBlob });
  assert.equal(Buffer.from((await alice.send(decrypt)).Plaintext).toString(), "before");
  await alice.send(new kms.DisableKeyCommand({ KeyId }));
  await refused(kms.DisabledException, decrypt);
  await alice.send(new kms.EnableKeyCommand({ KeyId }));
  const gone = await alice.send(new kms.ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: 7 }));
  assert.ok(gone.DeletionDate > new Date());
  await refused(kms.KMSInvalidStateException, decrypt);
  assert.equal((await alice.send(new kms.CancelKeyDeletionCommand({ KeyId }))).KeyId, Arn);
  await refused(kms.DisabledException, decrypt);
}

async function signing() {
  const { KeyId } = await keyOf({ KeySpec: "ECC_NIST_P256", KeyUsage: "SIGN_VERIFY" });
  const message = { KeyId, Message: Buffer.from("signed"), SigningAlgorithm: "ECDSA_SHA_256" };
  const { Signature } = await alice.send(new kms.SignCommand(message));
  const { PublicKey } = await alice.send(new kms.GetPublicKeyCommand({ KeyId }));
  const key = createPublicKey({ key: Buffer.from(PublicKey), format: "der", type: "spki" });
  assert.ok(verify("sha256", message.Message, key, Signature));
  assert.ok((await alice.send(new kms.VerifyCommand({ ...message, Signature }))).SignatureValid);
  await refused(
    kms.KMSInvalidSignatureException,
    new kms.VerifyCommand({ ...message, Message: Buffer.from("other"), Signature }),
  );
  const mac = await keyOf({ KeySpec: "HMAC_384", KeyUsage: "GENERATE_VERIFY_MAC" });
  const input = { KeyId: mac.KeyId, Message: Buffer.from("m"), MacAlgorithm: "HMAC_SHA_384" };
  const { Mac } = await alice.send(new kms.GenerateMacCommand(input));
  assert.ok((await alice.send(new kms.VerifyMacCommand({ ...input, Mac }))).MacValid);
  await refused(kms.KMSInvalidMacException, new kms.VerifyMacCommand({ ...input, Mac: Mac.slice(1) }));
}

async function namesAndGrants() {
  const { KeyId, Arn } = await keyOf();
  const AliasName = "alias/javascript";
  await alice.send(new kms.CreateAliasCommand({ AliasName, TargetKeyId: KeyId }));
  await refused(kms.AlreadyExistsException, new kms.CreateAliasCommand({ AliasName, TargetKeyId: KeyId }));
  const encrypt = (by, id) => by.send(new kms.EncryptCommand({ KeyId: id, Plaintext: Buffer.from("x") }));
  assert.equal((await encrypt(alice, AliasName)).KeyId, Arn);
  const grant = await alice.send(
    new kms.CreateGrantCommand({ KeyId, GranteePrincipal: settings.bob.arn, Operations: ["Encrypt"] }),
  );
  assert.equal((await encrypt(bob, Arn)).KeyId, Arn);
  await alice.send(new kms.RevokeGrantCommand({ KeyId, GrantId: grant.GrantId }));
  await refused(kms.NotFoundException, new kms.EncryptCommand({ KeyId: Arn, Plaintext: Buffer.from("x") }), bob);
  const listed = [];
  for await (const page of kms.paginateListKeys({ client: alice, pageSize: 2 }, {})) listed.push(...page.Keys);
  assert.ok(listed.some((key) => key.KeyArn === Arn));
  const names = [];
  for await (const page of kms.paginateListAliases({ client: alice }, { KeyId })) names.push(...page.Aliases);
  assert.deepEqual(
    names.map((alias) => alias.AliasName),
    [AliasName],
  );
  await alice.send(new kms.DeleteAliasCommand({ AliasName }));
}

async function main() {
  for (const check of [encrypting, states, signing, namesAndGrants]) await check();
  console.log("4 checks of the JavaScript client hold");
}

main();
