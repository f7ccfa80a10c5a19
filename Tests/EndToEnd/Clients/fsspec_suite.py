"""fsspec's abstract test suite over s3fs; run by test_fsspec.py at a store and at a node.

The environment names the place: TARN_SUITE_ENDPOINT, TARN_SUITE_KEY, TARN_SUITE_SECRET,
TARN_SUITE_BUCKET.
"""

import os
import posixpath

import fsspec.tests.abstract as abstract
import pytest
import s3fs


class Fixtures(abstract.AbstractFixtures):
    @pytest.fixture(scope="class")
    def fs(self):
        return s3fs.S3FileSystem(
            key=os.environ["TARN_SUITE_KEY"], secret=os.environ["TARN_SUITE_SECRET"],
            client_kwargs={
                "endpoint_url": os.environ["TARN_SUITE_ENDPOINT"], "region_name": "us-east-1"},
            config_kwargs={
                "request_checksum_calculation": "when_required",
                "response_checksum_validation": "when_required",
                "s3": {"addressing_style": "path"}, "retries": {"total_max_attempts": 1}},
            skip_instance_cache=True, use_listings_cache=False)

    @pytest.fixture
    def fs_path(self):
        return os.environ["TARN_SUITE_BUCKET"] + "/suite"

    @pytest.fixture
    def fs_join(self):
        return posixpath.join

    @pytest.fixture
    def supports_empty_directories(self):
        return False


class TestCopy(abstract.AbstractCopyTests, Fixtures):
    pass


class TestGet(abstract.AbstractGetTests, Fixtures):
    pass


class TestPut(abstract.AbstractPutTests, Fixtures):
    pass


class TestOpen(abstract.AbstractOpenTests, Fixtures):
    pass


class TestPipe(abstract.AbstractPipeTests, Fixtures):
    pass
