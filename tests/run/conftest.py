import pytest
import torch


@pytest.fixture(scope="session", autouse=True)
def one_thread():
    """Small tensors run faster on one thread, and beside other programs much faster."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session", autouse=True)
def cache_of_the_tests(tmp_path_factory: pytest.TempPathFactory):
    """Tests leave nothing in the cache folder of whoever runs them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NLC_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield
