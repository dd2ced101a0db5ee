"""The two generated clients behind the same calls, so that both run the same tests."""

import importlib
import io
import subprocess
import sys
from pathlib import Path

# Media types that openapi-python-client has to treat as bytes. It knows application/octet-stream by itself.
BYTES = ("image/png", "image/jpeg", "image/bmp", "image/tiff", "image/webp", "application/zip")


class Refused(Exception):
    """A problem document that the master answered with, as the client has read it."""

    def __init__(self, status, problem):
        super().__init__(status)
        self.status, self.problem = status, problem


def run(*command):
    made = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    assert made.returncode == 0, made.stdout + made.stderr
    return made.stdout + made.stderr


class OpenAPIPythonClient:
    """https://github.com/openapi-generators/openapi-python-client"""

    @staticmethod
    def generate(description, folder):
        config = folder / "config.yaml"
        config.write_text("post_hooks: []\ncontent_type_overrides:\n"
                          + "".join(f"  {kind}: application/octet-stream\n" for kind in BYTES)
                          + "  application/yaml: text/plain\n")
        output = run(Path(sys.executable).parent / "openapi-python-client", "generate", "--path", description, "--meta", "none",
                     "--config", config, "--output-path", folder / "small_client")
        assert "WARNING" not in output and "ERROR" not in output, output

    def __init__(self, url, key):
        package = importlib.import_module("small_client")
        self.models, self.types = importlib.import_module("small_client.models"), importlib.import_module("small_client.types")
        self.client = package.AuthenticatedClient(base_url=url, token=key, timeout=60)

    def call(self, tag, name, *arguments, **options):
        module = importlib.import_module(f"small_client.api.{tag}.{name}")
        answer = module.sync_detailed(*arguments, client=self.client, **options)
        if answer.status_code >= 400:
            raise Refused(int(answer.status_code), answer.parsed)
        return answer

    def file(self, data, name=None):
        return self.types.File(payload=io.BytesIO(data), file_name=name, mime_type="application/octet-stream")

    def submit_form(self, data, name, key=None, **fields):
        if "format_" in fields:
            fields["format_"] = self.models.ImageFormat(fields["format_"])
        body = self.models.JobForm(file=self.file(data, name), **fields)
        return self.call("jobs", "create_job", body=body, **({"idempotency_key": key} if key else {})).parsed

    def submit_raw(self, data, **query):
        return self.call("jobs", "create_job_from_body", body=self.file(data), **query).parsed

    def job(self, id, **query): return self.call("jobs", "get_job", id, **query).parsed
    def jobs(self, **query): return self.call("jobs", "list_jobs", **query).parsed
    def cancel(self, id): return self.call("jobs", "cancel_job", id).parsed
    def retry(self, id): return self.call("jobs", "retry_job", id).parsed
    def delete(self, id): self.call("jobs", "delete_job", id)
    def tiles(self, id): return self.call("jobs", "get_tiles", id).parsed
    def region(self, id, **query): return self.call("pixels", "get_result_region", id, **query).parsed.payload.read()
    def source(self, id): return self.call("jobs", "get_source", id).parsed.payload.read()
    def preview(self, id): return self.call("jobs", "get_preview", id).parsed.payload.read()

    def result(self, id, range=None):
        answer = self.call("jobs", "get_result", id, **({"range_": range} if range else {}))
        return int(answer.status_code), answer.parsed.payload.read()

    def attempt(self, data, **query):
        return self.call("pixels", "try_transforms", body=self.file(data), **query).parsed.payload.read()

    def page(self, name): return self.models.RegionFormat(name)
    def event(self, kind, text): return getattr(self.models, kind).from_dict(text)
    def catalogue(self): return self.call("status", "list_transforms").parsed
    def statistics(self): return self.call("status", "get_statistics").parsed
    def me(self): return self.call("access", "get_me").parsed


class OpenAPIGenerator:
    """https://openapi-generator.tech, its Python client."""

    @staticmethod
    def generate(description, folder):
        run(Path(sys.executable).parent / "openapi-generator-cli", "generate", "-i", description, "-g", "python", "-o",
            folder, "--package-name", "large_client", "--global-property",
            "apis,models,supportingFiles,apiTests=false,modelTests=false,apiDocs=false,modelDocs=false")

    def __init__(self, url, key):
        self.package = importlib.import_module("large_client")
        client = self.package.ApiClient(self.package.Configuration(host=url, access_token=key))
        self.apis = {tag: getattr(self.package, f"{tag.capitalize()}Api")(client)
                     for tag in ("jobs", "pixels", "status", "access")}

    def call(self, tag, name, *arguments, **options):
        try:
            return getattr(self.apis[tag], f"{name}_with_http_info")(*arguments, **options)
        except self.package.ApiException as error:
            raise Refused(error.status, error.data) from None

    def submit_form(self, data, name, key=None, **fields):
        fields = {name.rstrip("_"): value for name, value in fields.items()}
        return self.call("jobs", "create_job", (name, data), idempotency_key=key, **fields).data

    def submit_raw(self, data, **query): return self.call("jobs", "create_job_from_body", body=data, **query).data
    def job(self, id, **query): return self.call("jobs", "get_job", id, **query).data
    def jobs(self, **query): return self.call("jobs", "list_jobs", **query).data
    def cancel(self, id): return self.call("jobs", "cancel_job", id).data
    def retry(self, id): return self.call("jobs", "retry_job", id).data
    def delete(self, id): self.call("jobs", "delete_job", id)
    def tiles(self, id): return self.call("jobs", "get_tiles", id).data
    def region(self, id, format_, **query): return bytes(self.call("pixels", "get_result_region", id, format=format_, **query).data)
    def source(self, id): return bytes(self.call("jobs", "get_source", id).data)
    def preview(self, id): return bytes(self.call("jobs", "get_preview", id).data)

    def result(self, id, range=None):
        answer = self.call("jobs", "get_result", id, range=range)
        return answer.status_code, bytes(answer.data)

    def attempt(self, data, **query): return bytes(self.call("pixels", "try_transforms", body=data, **query).data)
    def page(self, name): return self.package.RegionFormat(name)

    def event(self, kind, text):
        event = self.package.Event.from_dict(text).actual_instance
        assert type(event).__name__ == kind
        return event

    def catalogue(self): return self.call("status", "list_transforms").data
    def statistics(self): return self.call("status", "get_statistics").data
    def me(self): return self.call("access", "get_me").data
